module jointca/interop/nebula

go 1.26.0

require (
	github.com/slackhq/nebula v1.11.0
	google.golang.org/protobuf v1.36.11
)

require (
	filippo.io/bigmod v0.1.0 // indirect
	golang.org/x/crypto v0.54.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
)
