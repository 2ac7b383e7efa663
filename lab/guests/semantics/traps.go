// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Exceptions that Go turns into panics. In a domain and on Linux.

package main

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
)

// catch runs f and returns what it panicked with, nil when it did not.
func catch(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

// wantRuntimeError checks that f panics with a runtime error that says text.
func wantRuntimeError(f func(), text string) error {
	value := catch(f)
	err, ok := value.(runtime.Error)
	if !ok {
		return fmt.Errorf("panicked with %v, want a runtime error with %q", value, text)
	}
	if !strings.Contains(err.Error(), text) {
		return fmt.Errorf("the error says %q, want %q", err, text)
	}
	return nil
}

type record struct {
	first int
	large [1 << 16]byte
	last  int
}

// sink keeps results alive.
var sink int

func nilRead(p *record)  { sink = p.first }
func nilWrite(p *record) { p.first = 1 }
func nilFar(p *record)   { sink = p.last }
func nilCall(f func())   { f() }

// nilDereference recovers from every way to follow a nil pointer.
func nilDereference(string) error {
	const text = "invalid memory address or nil pointer dereference"
	for range 100 {
		for _, f := range []func(){
			func() { nilRead(nil) }, func() { nilWrite(nil) },
			func() { nilFar(nil) }, func() { nilCall(nil) },
		} {
			if err := wantRuntimeError(f, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// thousand runs check in a thousand goroutines at once.
func thousand(check func() error) error {
	errs := make([]error, 1000)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			<-start
			errs[i] = check()
		})
	}
	close(start)
	wg.Wait()
	return errors.Join(errs...)
}

func nilParallel(string) error {
	return thousand(func() error {
		return wantRuntimeError(func() { nilRead(nil) }, "nil pointer dereference")
	})
}

// divide is one division whose operands the compiler does not know.
//
//go:noinline
func divide[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](a, b T) T {
	return a/b + a%b
}

func divideByZero(string) error {
	const text = "integer divide by zero"
	for _, f := range []func(){
		func() { divide[int8](1, 0) }, func() { divide[int16](1, 0) },
		func() { divide[int32](1, 0) }, func() { divide[int64](1, 0) },
		func() { divide[uint8](1, 0) }, func() { divide[uint16](1, 0) },
		func() { divide[uint32](1, 0) }, func() { divide[uint64](1, 0) },
	} {
		if err := wantRuntimeError(f, text); err != nil {
			return err
		}
	}
	// The one quotient that overflows traps in hardware; Go defines it.
	const lowest = -1 << 63
	if got := divide[int64](lowest, -1); got != lowest {
		return fmt.Errorf("the lowest int64 divided by -1 is %d", got)
	}
	return nil
}

func divideParallel(string) error {
	return thousand(func() error {
		return wantRuntimeError(func() { divide[int64](1, 0) }, "divide by zero")
	})
}

// panics checks what recover returns across nested panics and Goexit.
func panics(string) error {
	inner := errors.New("inner")
	value := catch(func() {
		defer func() { panic(inner) }()
		panic("outer")
	})
	if value != inner {
		return fmt.Errorf("recovered %v, want the inner panic", value)
	}
	ended := make(chan any, 1)
	go func() {
		defer func() { ended <- recover() }()
		runtime.Goexit()
	}()
	if value := <-ended; value != nil {
		return fmt.Errorf("Goexit recovered as %v", value)
	}
	var m map[string]int
	return wantRuntimeErrorText(func() { m["x"] = 1 }, "assignment to entry in nil map")
}

// wantRuntimeErrorText accepts runtime errors that are plain strings too.
func wantRuntimeErrorText(f func(), text string) error {
	if value := fmt.Sprint(catch(f)); !strings.Contains(value, text) {
		return fmt.Errorf("panicked with %q, want %q", value, text)
	}
	return nil
}
