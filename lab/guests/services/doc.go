// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package services boots the domains that give services to others, and their
// clients, with all that belongs to them in dom0. It runs on the developer's
// machine.
package services
