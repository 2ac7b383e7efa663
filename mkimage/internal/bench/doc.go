// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package bench keeps what mkimage bench measures: samples of named figures for
// one or more subjects, such as a domain and a Linux process, in one lab run. It
// reads what the benchmark program prints, prints medians with their spread,
// and compares a report with an earlier one. It is pure and runs on the host.
package bench
