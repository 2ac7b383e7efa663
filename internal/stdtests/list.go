// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The packages that need something, and the tests left out. Host only.

package stdtests

const needsChild = "starts itself again as a child process"

// special are the packages that need other than the usual.
var special = []Settings{
	{Path: "crypto/cipher", Without: []Exclusion{
		{"TestGCMNoncesFIPSV126", needsChild},
		{"TestGCMNoncesFIPSV1", needsChild},
	}},
	{Path: "encoding/gob", Memory: 512},
	{Path: "sync", Without: []Exclusion{
		{"TestMutexMisuse", needsChild},
		{"TestIssue76126", needsChild},
	}},
	{Path: "time", Zones: true, Sources: []string{"lib/time"}},
}
