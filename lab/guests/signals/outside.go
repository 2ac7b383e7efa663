// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Programs that wait for something to be done to them. In a domain and on Linux,
// but for the one that uses xenstore.

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/domlet/domlet/xen/store/local"
)

// wait goes on for ever without a handler for any signal.
func wait(how string) error {
	switch how {
	case "asleep":
		fmt.Println("ready")
		time.Sleep(time.Hour)
	case "busy":
		fmt.Println("ready")
		for {
		}
	case "parked": // in no poller, behind a goroutine that sleeps
		c := make(chan bool)
		go func() { time.Sleep(time.Hour); c <- true }()
		fmt.Println("ready")
		<-c
	case "store":
		return watching()
	}
	return errors.New("no such way to wait")
}

// watching waits for a node of xenstore's: the program reads the ring, in which
// the kernel's messages come too.
func watching() error {
	c, err := local.Open(context.Background())
	if err != nil {
		return err
	}
	for _, err := range c.Watch(context.Background(), "data/wait") {
		if err != nil {
			return err
		}
		fmt.Println("ready")
	}
	return nil
}

func tidy(string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	fmt.Println("ready")
	<-ctx.Done()
	fmt.Println("tidied up")
	return nil
}

func stubborn(string) error {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	fmt.Println("ready")
	<-c
	fmt.Println("not yet")
	<-c
	return nil
}

// alive leaves a goroutine in a function with a name, for a trace to show.
func alive(string) error {
	go parkedHere(make(chan bool))
	fmt.Println("ready")
	for {
		time.Sleep(100 * time.Millisecond)
		fmt.Println("alive")
	}
}

func parkedHere(c chan bool) { <-c }

func host(string) error {
	name, err := os.Hostname()
	fmt.Printf("host=%s\n", name)
	return err
}
