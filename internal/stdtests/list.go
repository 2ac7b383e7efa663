// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The packages that need something, and the tests left out. Host only.

package stdtests

import (
	"slices"
	"strings"
)

// Reasons that stand with more than one test.
const (
	needsChild = "starts itself again as a child process"
	needsOther = "starts another program as a child process"
	wholeStack = "counts the program's allocations: in a domain TCP/IP is part of the program"

	ownPipe      = "makes a pipe by a call of the runtime's own that no program makes"
	needsSources = "reads sources from all over GOROOT, which are larger than the domain"

	noCapabilities = "sets or asks what a thread does with capabilities, of which a domain has none"
)

// children are tests that need a child process.
func children(tests string) (all []Exclusion) {
	for _, t := range strings.Fields(tests) {
		all = append(all, Exclusion{t, needsChild})
	}
	return all
}

// special are the packages that need other than the usual.
var special = []Settings{
	{Path: "crypto/cipher", Without: children("TestGCMNoncesFIPSV126 TestGCMNoncesFIPSV1")},
	{Path: "crypto/fips140", Without: children("TestWithoutEnforcement")},
	{Path: "crypto/internal/fips140only", Without: children("TestFIPS140Only")},
	{Path: "crypto/internal/fips140test", Sources: []string{"src/crypto/internal/entropy/v1.0.0"}, Without: children(`
		TestCASTPasses TestCASTFailures TestIntegrityCheck TestIntegrityCheckFailure`)},
	{Path: "crypto/tls", Without: children("TestFIPSServerCipherSuites TestFIPSServerCurves TestFIPSServerProtocolVersion TestFIPSServerSignatureAndHash")},
	{Path: "debug/elf", Itself: true},
	{Path: "debug/gosym", Itself: true},
	{Path: "encoding/gob", Memory: 512},
	{Path: "flag", Without: children("TestExitCode")},
	{Path: "go/build", Sources: []string{"src/go.mod"}, Without: []Exclusion{{"TestImportCmd", "calls the go command"}}},
	{Path: "go/importer", Sources: []string{"src/go.mod"}},
	{Path: "go/internal/gcimporter", Sources: []string{"src/go.mod"}},
	{Path: "go/internal/srcimporter", Sources: []string{"src/go.mod"}, Without: []Exclusion{
		{"TestImportedTypes", needsSources},
		{"TestReimport", needsSources},
	}},
	{Path: "go/parser", Sources: []string{"src/go/printer/nodes.go"}},
	{Path: "go/types", Sources: []string{"src/go.mod", "src/cmd/compile/internal/types2"}, Without: []Exclusion{
		{"ExampleScope", needsSources},
		{"ExampleMethodSet", needsSources},
	}},
	{Path: "internal/cpu", Without: children("TestDisableAllCapabilities TestDisableSSE3")},
	{Path: "internal/runtime/syscall/linux", Without: []Exclusion{{"TestEpollctlErrorSign", "calls epoll: a domain has another poller"}}},
	{Path: "internal/synctest", Without: children(`
		TestChannelMovedOutOfBubble TestTimerFromInsideBubble TestWaitGroupMovedIntoBubble TestWaitGroupMovedOutOfBubble
		TestWaitGroupMovedBetweenBubblesWithNonZeroCount`)},
	{Path: "internal/trace", Sources: []string{"src/internal/trace/internal/tracev1/testdata"}},
	{Path: "io/ioutil", Sources: []string{"src/io/io_test.go"}},
	{Path: "math/big/internal/asmgen", Sources: strings.Fields(`
		src/math/big/arith_386.s src/math/big/arith_amd64.s src/math/big/arith_arm.s src/math/big/arith_arm64.s
		src/math/big/arith_loong64.s src/math/big/arith_mips64x.s src/math/big/arith_mipsx.s src/math/big/arith_ppc64x.s
		src/math/big/arith_riscv64.s src/math/big/arith_s390x.s src/math/big/arith_wasm.s`)},
	{Path: "net", Memory: 512, Without: append(children("TestSplice"), []Exclusion{
		{"TestAllocs", wholeStack},
		{"TestTCPReadWriteAllocs", wholeStack},
		{"TestDialerDualStackFDLeak", "wants connections closed that the server has not yet been told of"},
	}...)},
	{Path: "net/http/cgi", Without: children(`
		TestCGIBasicGet TestCGIEnvIPv6 TestCGIBasicGetAbsPath TestPathInfo TestPathInfoDirRoot TestDupHeaders TestDropProxyHeader
		TestPathInfoNoRoot TestCGIBasicPost TestCGIPostChunked TestRedirect TestInternalRedirect TestCopyError TestDir TestEnvOverride
		TestHandlerStderr TestHostingOurselves TestKillChildAfterCopyError TestChildOnlyHeaders TestNilRequestBody TestChildContentType`)},
	{Path: "os", Itself: true, Sources: []string{"src/os/exec", "src/os/testdata:/usr/bin"}, Without: append(children(`
		TestExecutable TestFileChdirTestlog TestGetppid TestKillFindProcess TestKillStartProcess TestProcessWithHandleLinux
		TestReadNonblockingFd TestStatStdin TestStdPipe`), Exclusion{"TestStartProcess", needsOther})},
	{Path: "os/exec", Run: ".", Without: children(`
		TestCancelErrors TestCatGoodAndBadFile TestCatStdin TestCommandRelativeName TestConcurrentExec TestContext TestContextCancel
		TestCredentialNoSetGroups TestDedupEnvEcho TestDoubleStartLeavesPipesOpen TestEcho TestEchoFileRace TestExitCode
		TestExitStatus TestExplicitPWD TestExtraFilesRace TestIgnorePipeErrorOnSuccess TestImplicitPWD TestOutputStderrCapture
		TestPipes TestSIGCHLD TestStdinClose TestStdinCloseRace TestWaitInterrupt TestWaitid`)},
	{Path: "os/signal", Without: append(children("TestAtomicStop TestNotifyContextNotifications"),
		Exclusion{"TestAllThreadsSyscallSignals", noCapabilities})},
	{Path: "runtime", Memory: 512, Without: append(children(`
		TestFinalizerRegisterABI TestRuntimePanic TestTracebackRuntimeFunction TestTracebackRuntimeMethod TestG0StackOverflow
		TestCrashWhileTracing TestTracebackSystem TestIssue66841 TestArenaCollision TestMemHashGlobalSeed`),
		Exclusion{"TestSignalM", ownPipe}, Exclusion{"TestNonblockingPipe", ownPipe},
		Exclusion{"TestMincoreErrorSign", "calls mincore as the runtime does where it is not told how large a page is"},
		Exclusion{"TestScavengeIndex", "allocates 256 MiB a subtest and touches little of it: a domain has pages behind all of its heap"})},
	{Path: "runtime/debug", Without: append(children("TestSetCrashOutput"),
		Exclusion{"TestWriteHeapDumpNonempty", "has the runtime write into a file while all goroutines stand: in a domain goroutines serve files"})},
	{Path: "sync", Without: children("TestMutexMisuse TestIssue76126")},
	{Path: "syscall", Without: slices.Concat(children("TestExec TestFcntlFlock TestPassFD TestPidFD TestPrlimitFileLimit"), []Exclusion{
		{"TestZeroSysProcAttr", needsOther},
		{"TestSetpgid", needsOther},
		{"TestPgid", needsOther},
		{"TestForeground", needsOther},
		{"TestForegroundSignal", needsOther},
		{"TestPrlimitOtherProcess", needsOther},
		{"TestAllThreadsSyscall", noCapabilities},
		{"TestAllThreadsSyscallBlockedSyscall", noCapabilities},
		{"TestAllThreadsSyscallError", noCapabilities},
		{"TestSetuidEtc", "becomes another user and other groups, and a domain has only root"},
		{"TestSCMCredentials", "has the kernel vouch for the sender of a message, and a domain has one process"},
	})},
	{Path: "testing", Without: children(`
		TestArtifactDirDefault TestArtifactDirInSubtest TestArtifactDirSpecified TestArtifactDirWithLongTestName TestAttrInvalid
		TestAttrSet TestBenchmarkBLoopIterationCorrect TestBenchmarkBNIterationCorrect TestFlag TestMorePanic TestPanic
		TestRunningTests TestRunningTestsInCleanup TestTBHelper TestTBHelperParallel`)},
	{Path: "testing/synctest", Without: children("TestError TestFatal TestHelper TestSkip TestVerboseError TestVerboseSkip")},
	{Path: "time", Zones: true, Sources: []string{"lib/time"}},
}
