// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package rt is the runtime's face. A program need not import it: mkimage adds
// the import that links the library OS below.
package rt
