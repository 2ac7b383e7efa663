// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// One domain from beginning to end. Runs in dom0.

package domain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/domlet/domlet/mkimage/internal/capture"
	"github.com/domlet/domlet/mkimage/internal/xlcfg"
)

// The ways a run ends that are not the program's own.
var (
	// ErrTimeout says that the domain was destroyed because its time was up.
	ErrTimeout = errors.New("the domain did not end in time and was destroyed")
	// ErrDestroyed says that somebody else destroyed the domain.
	ErrDestroyed = errors.New("somebody else destroyed the domain")
	// ErrCrashed says that the domain ended without a last line, or by a reboot
	// that its last line does not speak of.
	ErrCrashed = errors.New("the domain crashed before its kernel could say why")
	// ErrStubborn says that the domain was asked to shut down and did not.
	ErrStubborn = errors.New("the domain did not shut down when it was asked to, and was destroyed")
	// ErrOutput says that the console's output cannot be written.
	ErrOutput = errors.New("cannot write the domain's output")
)

// A Job is one domain to run.
type Job struct {
	Config  xlcfg.Config    // Ramdisk and OnEnd are filled in by Run
	Ramdisk []byte          // optional
	Timeout time.Duration   // from the domain's start; 0 means none
	Stdout  io.Writer       // gets the console, without the last line
	Stdin   io.Reader       // what the domain reads; nil: nothing
	Raw     bool            // Stdin is a terminal's: it goes out as it is and has no end
	Asked   <-chan struct{} // once closed, the domain is asked to shut down, and has a while to
	Notes   io.Writer       // gets what a person may want to know
	Packets io.Writer       // gets what passes the domain's network interfaces, as package capture writes it; nil: nothing
}

// Check returns nil if the domain could be started once it has an image, or
// what is wrong with the job.
func (j *Job) Check() error {
	c := j.Config
	c.OnEnd, c.Kernel = "preserve", "/"
	_, err := c.Text()
	return err
}

// A Result tells how a domain ended by itself.
type Result struct {
	Code     int           // exit code of the program, 2 after a panic or crash
	Panicked bool          // a fatal Go error ended the program
	Created  time.Duration // how long xl create took
	First    time.Duration // from the call of xl create to the first console byte; 0 if none came
	Ended    time.Duration // from the call of xl create to the domain's end
}

// silentBoot is how long xenconsoled may take to open a new domain's terminal.
const silentBoot = time.Minute

// grace is how long a domain may take to end that was asked to.
const grace = 5 * time.Second

// recheck is how often Xen is asked for the domain's state unprompted, should
// a message of xenstored's be lost.
const recheck = 10 * time.Second

// Run runs a domain and returns when it has ended and is destroyed. When ctx
// ends, the domain is destroyed and the error is ctx's cause. An error wraps
// ErrTimeout, ErrStubborn, ErrDestroyed, ErrCrashed or ErrOutput, is ctx's cause, or is the
// refusal of Xen or its tools to start the domain.
func (t *Toolstack) Run(ctx context.Context, job *Job) (Result, error) {
	store, err := openStore(t.Store)
	if err != nil {
		return Result{}, err
	}
	defer store.close()
	dir, err := os.MkdirTemp("", "domlet-")
	if err != nil {
		return Result{}, err
	}
	defer os.RemoveAll(dir)
	config, err := job.write(dir)
	if err != nil {
		return Result{}, err
	}
	ends, err := store.watch("@releaseDomain")
	if err != nil {
		return Result{}, err
	}
	r := &run{tools: t, store: store, ends: ends, job: job, began: time.Now()}
	if r.recorder, err = job.record(); err != nil {
		return Result{}, err
	}
	if err := r.create(config); err != nil {
		return Result{}, errors.Join(err, r.recorder.Close())
	}
	r.recorder.Of(r.id)
	defer r.remove()
	result, err := r.watch(ctx)
	return result, errors.Join(err, r.recorder.Close())
}

// record begins to record packets, if they are wanted.
func (j *Job) record() (*capture.Recorder, error) {
	if j.Packets == nil {
		return nil, nil
	}
	return capture.Open(j.Packets)
}

// write puts the domain's files into dir and returns the configuration's path.
func (j *Job) write(dir string) (string, error) {
	j.Config.OnEnd = "preserve"
	if len(j.Ramdisk) > 0 {
		j.Config.Ramdisk = filepath.Join(dir, "ramdisk")
		if err := os.WriteFile(j.Config.Ramdisk, j.Ramdisk, 0o600); err != nil {
			return "", err
		}
	}
	text, err := j.Config.Text()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "domain.cfg")
	return path, os.WriteFile(path, text, 0o600)
}

// run is one call of Run.
type run struct {
	tools  *Toolstack
	store  *store
	ends   <-chan struct{} // tells when any domain went down
	job    *Job
	began  time.Time
	id     string // of the domain
	result Result

	recorder *capture.Recorder // nil: nothing is recorded
}

// create starts the domain and finds its number.
func (r *run) create(config string) error {
	if err := r.tools.create(config); err != nil {
		return explain(err, &r.job.Config)
	}
	r.result.Created = time.Since(r.began)
	var err error
	if r.id, err = r.store.domainID(r.job.Config.Name); err != nil {
		return fmt.Errorf("xl create made no domain %s: %w", r.job.Config.Name, ErrDestroyed)
	}
	return nil
}

// watch follows a created domain to its end.
func (r *run) watch(ctx context.Context) (Result, error) {
	if r.job.Timeout > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, r.job.Timeout, ErrTimeout)
		defer cancel()
		ctx = limited
	}
	tty, err := r.terminal(ctx)
	if err != nil {
		return Result{}, err
	}
	c, err := openConsole(tty, r.job.Stdout)
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrDestroyed // the terminal was there: it went with the domain
	}
	if err != nil {
		return Result{}, err
	}
	defer c.close()
	go c.feed(r.job.Stdin, r.job.Raw)
	st, err := r.wait(ctx, c)
	if err != nil {
		return Result{}, err
	}
	return r.conclude(ctx, c, st)
}

// terminal waits until xenconsoled has opened the domain's terminal and
// returns its path.
func (r *run) terminal(ctx context.Context) (string, error) {
	node := "/local/domain/" + r.id + "/console/tty"
	opened, err := r.store.watch(node)
	if err != nil {
		return "", err
	}
	late := time.After(silentBoot)
	for {
		path, err := r.store.read(node)
		if err == nil && path != "" {
			return path, nil
		}
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case <-late:
			return "", errors.New("the domain has no console: is xenconsoled running in dom0?")
		case <-opened:
		}
	}
}

// wait returns when the domain is down.
func (r *run) wait(ctx context.Context, c *console) (state, error) {
	tick := time.NewTicker(recheck)
	defer tick.Stop()
	asked, late := r.job.Asked, (<-chan time.Time)(nil)
	for {
		select {
		case <-ctx.Done():
			return state{}, context.Cause(ctx)
		case <-asked:
			if err := r.ask(ctx); err != nil {
				return state{}, err
			}
			asked, late = nil, time.After(grace)
		case <-late:
			return state{}, ErrStubborn
		case <-c.broken:
			return state{}, fmt.Errorf("%w: %w", ErrOutput, c.err)
		case <-r.ends:
		case <-tick.C:
		}
		st, err := r.tools.state(r.id)
		if err != nil || st.down {
			return st, err
		}
		if st.gone {
			return st, ErrDestroyed
		}
	}
}

// ask asks the domain to shut down, as xl shutdown does.
func (r *run) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, grace, ErrStubborn)
	defer cancel()
	err := r.store.Write(ctx, "/local/domain/"+r.id+"/control/shutdown", "poweroff")
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// conclude reads the rest of the console and says how the domain ended.
func (r *run) conclude(ctx context.Context, c *console, st state) (Result, error) {
	r.result.Ended = time.Since(r.began)
	c.drain()
	select {
	case <-c.done:
	case <-ctx.Done():
		return Result{}, context.Cause(ctx)
	}
	if first := c.first.Load(); first != 0 {
		r.result.First = time.Unix(0, first).Sub(r.began)
	}
	switch {
	case c.err != nil:
		return Result{}, fmt.Errorf("%w: %w", ErrOutput, c.err)
	case !c.said || (st.reason == reasonReboot) != c.verdict.reboot: // whatever was said before
		return Result{Code: 2}, r.mute(st)
	}
	r.result.Code, r.result.Panicked = c.verdict.code, c.verdict.panicked
	return r.result, nil
}

// mute makes the error for a domain that ended without a last line, and notes
// what Xen says of it.
func (r *run) mute(st state) error {
	if words := r.tools.lastWords(r.id); words != "" {
		fmt.Fprintf(r.job.Notes, "xl dmesg says of the domain:\n%s", words)
	}
	switch st.reason {
	case reasonPoweroff:
		return fmt.Errorf("%w: it switched itself off", ErrCrashed)
	case reasonReboot:
		return fmt.Errorf("%w: it met a triple fault, which to Xen is a reboot", ErrCrashed)
	}
	return ErrCrashed
}

// remove destroys the domain.
func (r *run) remove() {
	err := r.tools.destroy(r.id)
	if err == nil {
		return
	}
	if st, lost := r.tools.state(r.id); lost == nil && st.gone {
		return
	}
	fmt.Fprintf(r.job.Notes, "cannot remove domain %s (%s): %v\n", r.job.Config.Name, r.id, err)
}
