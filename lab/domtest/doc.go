// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package domtest is what the packages of tests that boot domains share: programs
// and images built once a run, the lab, domains with what must come of them, and
// processes in dom0 beside them.
//
// A package calls [Main] from its TestMain. [Boot] runs a [Guest] to its end, and
// [Check] compares that with what was wanted; a domain that something is done with
// while it runs is a [Speaker]. What boots a domain does it once for each way a
// domain can begin ([InModes]): the mode, "pv" or "pvh", stands in the test's name
// behind the function's, as in TestGuests/pv/hello. DOMLET_TYPE=pvh asks for one
// mode only.
//
// It runs on the developer's machine.
package domtest
