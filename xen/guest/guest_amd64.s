// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Empty: a package with an assembly file may declare functions without bodies.

//go:build domlet
