// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The packages of the standard library whose tests run in a domain, and the tests
// left out. Host only.

package guests

// A stdPackage is a package of the standard library whose own tests must pass
// in a domain.
type stdPackage struct {
	path string
	// tags are build tags for its tests. They replace those of the environment,
	// so domlet's own must be among them.
	tags string
	// memory of the domain is in MiB; 0 means 256.
	memory int
	// without are tests left out, each with the reason.
	without []exclusion
	// quick packages are tested in every run, the others only in long ones.
	quick bool
}

// An exclusion is one test by its name, and what it needs that a domain lacks.
type exclusion struct{ test, reason string }

const (
	needsChild = "starts itself again as a child process"
	needsFile  = "reads a file that lies beside its source"
)

// stdPackages lists the packages that need no files or children.
func stdPackages() []stdPackage {
	all := []stdPackage{
		{path: "crypto/cipher", without: []exclusion{
			{"TestGCMNoncesFIPSV126", needsChild},
			{"TestGCMNoncesFIPSV1", needsChild},
		}},
		{path: "sync", quick: true, without: []exclusion{
			{"TestMutexMisuse", needsChild},
			{"TestIssue76126", needsChild},
			{"ExampleOnceValues", needsFile},
		}},
		// The zone data is linked in: a domain has no zoneinfo directory.
		{path: "time", tags: "domlet,timetzdata", without: []exclusion{
			{"TestLoadLocationFromTZData", "reads zoneinfo.zip from GOROOT"},
			{"TestLoadLocationFromTZDataSlim", needsFile},
		}},
		{path: "encoding/gob", memory: 512},
	}
	for _, path := range []string{"sync/atomic", "sort"} {
		all = append(all, stdPackage{path: path, quick: true})
	}
	for _, path := range plainPackages {
		all = append(all, stdPackage{path: path})
	}
	return all
}

// plainPackages pass whole.
var plainPackages = []string{
	"container/heap", "container/list", "container/ring", "errors", "strings", "bytes", "strconv",
	"unicode", "unicode/utf16", "unicode/utf8", "math", "math/bits", "math/cmplx",
	"reflect", "fmt",
	"hash", "hash/adler32", "hash/crc32", "hash/crc64", "hash/fnv", "hash/maphash",
	"encoding/ascii85", "encoding/base32", "encoding/base64", "encoding/binary",
	"encoding/csv", "encoding/hex", "encoding/pem", "encoding/xml",
	"encoding/asn1",
	"crypto/aes", "crypto/des", "crypto/hmac", "crypto/md5", "crypto/rc4",
	"crypto/sha1", "crypto/sha256", "crypto/sha3", "crypto/sha512", "crypto/subtle",
	"context", "net/rpc", "net/smtp", "net/textproto", "net/http/httptest",
}
