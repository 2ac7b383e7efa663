// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The standard library's own tests as domains. Host; boots domains.

package guests

import (
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/internal/stdtests"
	"github.com/domlet/domlet/lab/domtest"
)

// TestStd runs the standard library's own tests as domains, the way any user
// runs his: mkimage test. docs/std.md has all packages; these are the ones that
// must pass.
func TestStd(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		for _, path := range stdQuick {
			t.Run(path, func(t *testing.T) { testInDomain(t, mode, path) })
		}
		for _, path := range stdLong {
			t.Run(path, func(t *testing.T) {
				domtest.NeedLong(t)
				testInDomain(t, mode, path)
			})
		}
	})
}

// testInDomain runs the tests of one package.
func testInDomain(t *testing.T, mode, path string) {
	t.Helper()
	t.Parallel()
	goes, err := stdtests.Installed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := stdtests.Of(path)
	for _, e := range s.Without {
		t.Logf("without %s: %s", e.Test, e.Reason)
	}
	defer domtest.Slot()()
	if r := domtest.Run(t, 15*time.Minute, domtest.Mkimage(t), s.Command(mode, goes.Root)...); r.Code != 0 {
		t.Errorf("mkimage test ended with code %d\n%s", r.Code, r.Tail())
	}
}

// stdQuick are tested in every run; image/gif reads files beside its sources and
// above them.
var stdQuick = strings.Fields("image/gif sort sync sync/atomic")

// stdLong are tested in long runs.
var stdLong = strings.Fields(`
	bytes container/heap container/list container/ring context
	crypto/aes crypto/cipher crypto/des crypto/hmac crypto/md5 crypto/rc4
	crypto/sha1 crypto/sha256 crypto/sha3 crypto/sha512 crypto/subtle
	encoding/ascii85 encoding/asn1 encoding/base32 encoding/base64 encoding/binary
	encoding/csv encoding/gob encoding/hex encoding/pem encoding/xml
	errors fmt hash hash/adler32 hash/crc32 hash/crc64 hash/fnv hash/maphash
	math math/bits math/cmplx net/http/httptest net/rpc net/smtp net/textproto reflect strconv strings time unicode unicode/utf16 unicode/utf8`)
