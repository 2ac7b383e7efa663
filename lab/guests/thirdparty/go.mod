module github.com/domlet/domlet/lab/guests/thirdparty

go 1.26.3

require (
	github.com/miekg/dns v1.1.73 // a DNS server and client
	github.com/quic-go/quic-go v0.65.0 // HTTP/3
	golang.org/x/net v0.60.0 // what goes beyond package net
	google.golang.org/grpc v1.85.0 // remote calls
)

require (
	github.com/quic-go/qpack v0.6.0 // indirect
	golang.org/x/crypto v0.57.0 // indirect
	golang.org/x/sys v0.48.0 // indirect
	golang.org/x/text v0.42.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20260817212433-ac3dfec99bb1 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
)
