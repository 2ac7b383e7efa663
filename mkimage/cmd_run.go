// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage run: one program as one domain. Runs on the host and, for the lab,
// once more in its dom0.

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/domlet/domlet/mkimage/internal/domain"
	"github.com/domlet/domlet/mkimage/internal/image"
)

// guestFlags are the settings of a domain that run and exec share.
type guestFlags struct {
	shapeFlags
	filesFlags
	timeout time.Duration
	env     []string
	params  []string
	limits  []string
	memInfo bool
	ports   []string // HERE:THERE
	pcap    string   // file for the packets of the network interface
	net     string   // settings of a network interface; "" is none
	smp     int      // processors of the lab
	name    string
	program string   // its name, for a mkimage that is given only an image
	timings bool     // tell how long things took, for mkimage bench
	tscMode string   // xl's tsc_mode, for the lab
	window  string   // the size of the terminal that standard input is; empty: it is none
	handed  []string // files that the domain hands out: absolute paths here
	profile string   // file for the heap profile
	cpu     string   // file for the CPU profile
	itself  bool     // the program's file is to be in the domain
}

// add defines the flags, with a default for the memory.
func (g *guestFlags) add(cmd *cobra.Command, memory int) {
	g.shapeFlags.add(cmd, memory)
	g.filesFlags.add(cmd)
	flags := cmd.Flags()
	flags.DurationVar(&g.timeout, "timeout", 0, "destroy the domain when it runs longer than this `time`, such as 30s")
	flags.StringArrayVar(&g.env, "env", nil, "set `NAME=value` in the program's environment; may be repeated")
	flags.StringArrayVar(&g.params, "param", nil, "give the kernel a parameter, `name=value`; may be repeated")
	flags.BoolVar(&g.memInfo, "meminfo", false, "have the domain print what its memory is used for when main begins")
	flags.StringVar(&g.net, "net", "", "give the domain a network interface on dom0's bridge xenbr0, with `settings`: dhcp, or ADDRESS/BITS,gateway=ADDRESS,dns=ADDRESS (the lab's bridge is 10.13.0.1/24)")
	flags.StringArrayVarP(&g.ports, "port", "p", nil, "have port HERE of this machine lead to port THERE of the domain, `HERE:THERE`; may be repeated")
	flags.StringVar(&g.pcap, "pcap", "", "record what passes the domain's network interface in `file`, for tcpdump or Wireshark")
	flags.StringArrayVar(&g.limits, "limit", nil, "set a limit of xl's, such as `max_event_channels=N`; may be repeated")
	flags.IntVar(&g.smp, "smp", 1, "`number` of the lab's processors; each number is a lab of its own")
	flags.StringVar(&g.name, "name", "", "`name` of the domain (default: made from the program's)")
	flags.StringVar(&g.program, "program", "", "`name` that the program is called by")
	flags.BoolVar(&g.timings, "timings", false, "tell how long things took")
	flags.StringVar(&g.tscMode, "tsc-mode", "", "xl's `tsc_mode`")
	flags.StringVar(&g.ramdisk, "ramdisk", "", "`file` with an archive of the domain's files")
	flags.StringVar(&g.window, "window", "", "`size` of the terminal that standard input is, made raw")
	for _, name := range []string{"program", "timings", "tsc-mode", "ramdisk", "window"} {
		flags.MarkHidden(name)
	}
	cmd.SetFlagErrorFunc(flagFailed)
}

// words returns the flags as another mkimage takes them.
func (g *guestFlags) words() []string {
	words := []string{
		"--type=" + g.kind,
		fmt.Sprintf("--memory=%d", g.memory),
		fmt.Sprintf("--vcpus=%d", g.vcpus),
		"--timeout=" + g.timeout.String(),
		"--name=" + g.name,
		"--program=" + g.program,
		"--window=" + g.window,
		fmt.Sprintf("--meminfo=%t", g.memInfo),
		"--cd=" + g.directory,
		"--net=" + g.net,
	}
	for flag, values := range map[string][]string{"--env=": g.env, "--param=": g.params, "--limit=": g.limits} {
		for _, v := range values {
			words = append(words, flag+v)
		}
	}
	return words
}

func newRunCommand() *cobra.Command {
	var guest guestFlags
	cmd := &cobra.Command{
		Use:   "run [flags] PACKAGE|IMAGE [-- ARG...]",
		Short: "Run a program as a domain; its console is standard output",
		Long: `Build the program in PACKAGE, or take an IMAGE that was built before, and run it as
a domain: with this machine's own xl if it is a Xen dom0 (as root), else in the lab.
Standard input and output are the domain's console: a terminal if both are one, else
a stream of bytes with an end. The first Ctrl-C (SIGINT, SIGTERM) asks the domain to
shut down, as xl shutdown does: the program gets SIGTERM. After five seconds, or at the
second, the domain is destroyed. The exit code is the program's; 2 after a panic or a
crash, 124 after the timeout, 125 if the domain could not be run, 128 and the signal's
number after an interrupt. The domain is gone when mkimage ends.`,
		Example: "  mkimage run ./examples/hello\n  mkimage run --memory 16 ./myprogram -- -v file",
		Args:    oneBeforeDash,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTarget(cmd.Context(), &guest, args[0], args[1:])
		},
	}
	guest.add(cmd, defaultMemory)
	cmd.Flags().StringVar(&guest.profile, "profile", "", "build the program so that it writes its heap profile to `file` when it ends")
	cmd.Flags().StringVar(&guest.cpu, "cpuprofile", "", "build the program so that it writes a CPU profile of its whole run to `file` when it ends")
	return cmd
}

// failed marks an error as mkimage's own, which no exit code of the program's
// may hide.
func failed(err error) error { return &exitError{codeFailed, err} }

func flagFailed(_ *cobra.Command, err error) error { return failed(err) }

// oneBeforeDash wants one argument, and any more behind --.
func oneBeforeDash(cmd *cobra.Command, args []string) error {
	before := cmd.ArgsLenAtDash()
	if before < 0 {
		before = len(args)
	}
	switch {
	case before == 0:
		return failed(errors.New("run what? give a package or an image"))
	case before > 1:
		return failed(fmt.Errorf("%q is one too many: arguments for the program go behind --", args[1]))
	}
	return nil
}

// runTarget runs a package or an image with the program's arguments.
func runTarget(ctx context.Context, guest *guestFlags, target string, args []string) error {
	stop, free := untilSignals(ctx)
	defer free()
	if guest.program == "" {
		guest.program = programName(target)
	}
	if guest.name == "" {
		guest.name = domain.NewName(guest.program)
	}
	removeFiles, err := guest.pack()
	if err != nil {
		return failed(err)
	}
	defer removeFiles()
	profiles, err := guest.expectProfiles()
	if err != nil {
		return failed(err)
	}
	keys := findTerminal(guest)
	job, err := guest.job(args)
	if err == nil {
		err = guest.checkLab()
	}
	if err == nil {
		err = errors.Join(guest.checkPorts(), guest.checkPackets())
	}
	if err != nil {
		return failed(err)
	}
	img, remove, err := imageOf(stop.asked, target, guest.profile != "" || guest.cpu != "")
	if err != nil {
		return endOf(stop.asked, 0, err)
	}
	defer remove()
	if err = guest.declare(job, img); err == nil {
		err = removeOld(profiles)
	}
	if err != nil {
		return failed(err)
	}
	defer sayMissing(profiles)
	code, err := runImage(stop, keys, guest, job, img.File, args)
	return endOf(stop.asked, code, err)
}

// programName is the base name of a package or a file.
func programName(target string) string {
	if abs, err := filepath.Abs(target); err == nil {
		target = abs
	}
	return strings.TrimSuffix(filepath.Base(target), ".go")
}

// imageOf returns the image that target is or builds it, on request with a
// profile; remove takes away what was built.
func imageOf(ctx context.Context, target string, profile bool) (img image.Image, remove func(), err error) {
	if info, err := os.Stat(target); err == nil && info.Mode().IsRegular() && filepath.Ext(target) != ".go" {
		if profile {
			return img, nil, errors.New("a profile's writer is built into a program: give its package, not an image")
		}
		return image.Image{File: target}, func() {}, domain.CheckImage(target)
	}
	dir, err := os.MkdirTemp("", "mkimage-")
	if err != nil {
		return img, nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	img, err = image.Build(ctx, image.Options{Packages: []string{target}, Out: filepath.Join(dir, programName(target)), Profile: profile})
	if err != nil {
		remove()
	}
	return img, remove, err
}

// imageNamed is imageOf what a command's one argument names, or else the working
// directory.
func imageNamed(ctx context.Context, args []string) (img image.Image, remove func(), err error) {
	target := "."
	if len(args) > 0 {
		target = args[0]
	}
	return imageOf(ctx, target, false)
}

// runImage runs an image here or in the lab and returns its exit code.
func runImage(stop stop, keys *keyboard, guest *guestFlags, job *domain.Job, image string, args []string) (int, error) {
	if !domain.IsDom0() {
		return runInLab(stop, keys, guest, image, args)
	}
	stdin, restore, err := keys.open(stop)
	if err != nil {
		return 0, err
	}
	defer restore()
	job.Stdin, job.Asked = stdin, stop.asked.Done()
	closePorts, err := guest.openPorts(stop.asked, new(net.Dialer).DialContext)
	if err != nil {
		return 0, err
	}
	defer closePorts()
	packets, err := guest.openPackets(job)
	if err != nil {
		return 0, err
	}
	defer packets.Close()
	if job.Config.Kernel, err = filepath.Abs(image); err != nil {
		return 0, err
	}
	split := guest.splitter(job.Stdout)
	out, notes := &recorder{to: split}, &recorder{to: job.Notes}
	job.Stdout, job.Notes = out, notes
	result, err := new(domain.Toolstack).Run(stop.now, job)
	err = errors.Join(err, split.Close())
	if result.Panicked || errors.Is(err, domain.ErrCrashed) {
		explainCrash(os.Stderr, image, out, notes)
	}
	if guest.timings {
		fmt.Fprintf(os.Stderr, timings, result.Created.Nanoseconds(), result.First.Nanoseconds())
	}
	return result.Code, err
}

// timings is what the hidden flag of that name prints, for package bench.
const timings = "xl create returns %d ns\nxl create to first console byte %d ns\n"

// endOf returns the error that ends a run with the right exit code.
func endOf(ctx context.Context, code int, err error) error {
	var sig *interrupted
	switch {
	case errors.As(context.Cause(ctx), &sig):
		return &exitError{codeSignal + int(sig.signal), fmt.Errorf("ended by a signal: %w", sig)}
	case errors.Is(err, domain.ErrTimeout):
		return &exitError{codeTimeout, err}
	case errors.Is(err, domain.ErrCrashed):
		return &exitError{code, err}
	case err != nil:
		return failed(err)
	case code != 0:
		return &exitError{code: code}
	}
	return nil
}
