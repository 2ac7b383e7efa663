module github.com/domlet/domlet

go 1.26.3

require (
	github.com/gofrs/flock v0.13.1 // locks of the cache and the lab
	github.com/insomniacslk/dhcp v0.0.0-20260901064844-234b97448fae // dhcpv4: the codec of net/stack
	github.com/miekg/dns v1.1.73 // examples/dns
	github.com/spf13/cobra v1.10.2 // the commands of mkimage
	github.com/spf13/pflag v1.0.9 // flags with one dash or two
	github.com/u-root/u-root v0.16.0 // pkg/cpio: the lab's initramfs
	github.com/vbauerster/mpb/v8 v8.9.3 // progress of downloads
	golang.org/x/arch v0.32.0 // a second disassembler, for the tests of the gate
	golang.org/x/crypto v0.58.0 // ssh between the lab's host and its dom0
	golang.org/x/mod v0.38.0 // reading and writing go.mod and go.work
	golang.org/x/sync v0.22.0 // errgroup
	golang.org/x/sys v0.49.0 // Linux calls of mkimage and the lab
	golang.org/x/term v0.47.0 // terminals of mkimage and the lab
	golang.org/x/tools v0.48.0 // txtar: the lint rules' bad examples
	gvisor.dev/gvisor v0.0.0-20260905035102-160fafc42237 // TCP/IP: net/stack
)

require (
	github.com/VividCortex/ewma v1.2.0 // indirect
	github.com/acarl005/stripansi v0.0.0-20180116102854-5a71ef0e047d // indirect
	github.com/dustin/go-humanize v1.0.1 // indirect
	github.com/google/btree v1.1.2 // indirect
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/mattn/go-runewidth v0.0.16 // indirect
	github.com/pierrec/lz4/v4 v4.1.22 // indirect
	github.com/rivo/uniseg v0.4.7 // indirect
	github.com/u-root/uio v0.0.0-20240224005618-d2acac8f3701 // indirect
	golang.org/x/exp v0.0.0-20250711185948-6ae5c78190dc // indirect
	golang.org/x/net v0.60.0 // indirect
	golang.org/x/time v0.15.0 // indirect
)
