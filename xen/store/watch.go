// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Watches: one of xenstored's for each path, any number of watchers. Any
// goroutine.

package store

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/domlet/domlet/xen/abi"
)

// maxPending is how many different paths a watcher may be behind; beyond that
// they become one.
const maxPending = 64

// watches are the watches of a client, covered by its mu.
type watches struct {
	byToken map[string]*watch
	byPath  map[string]*watch
	count   uint64 // of all there ever were
}

// watch is one watch in xenstored.
type watch struct {
	path, token string
	set         bool  // its first event has come
	err         error // why there is none
	watchers    []*watcher
}

// watcher is one loop over events.
type watcher struct {
	watch   *watch
	home    string // what its paths have in front on the wire
	path    string // as the caller named it
	full    string // on the wire
	pending []string
	wake    chan struct{}
}

func (ws *watches) init() {
	ws.byToken, ws.byPath = map[string]*watch{}, map[string]*watch{}
}

func (ws *watches) any() bool { return len(ws.byToken) > 0 }

// Watch returns an iterator over the changes of a node and all below it, or over
// the special events @introduceDomain and @releaseDomain, which xenstored sends
// to dom0 only, unless it is told otherwise. The first value is the path itself,
// when the watch is set. An error is the last value; the context's, when that
// ends, is one. When the loop is left, the watch is taken away.
func (c *Client) Watch(ctx context.Context, path string) iter.Seq2[string, error] {
	return c.watch(ctx, path, path)
}

// fewWatches is up to how many watches those that could share one have their own: half of what a domain may have by default.
const fewWatches = 64

// WatchShared is Watch of a path for those of whom there may be very many. When the client has many watches already, all that name
// the same path above share one there.
func (c *Client) WatchShared(ctx context.Context, above, path string) iter.Seq2[string, error] {
	return c.watch(ctx, path, above)
}

// watch is a watch of a path, or of one above it when there are many.
func (c *Client) watch(ctx context.Context, path, above string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		w, err := c.join(path, above)
		if err != nil {
			yield("", err)
			return
		}
		defer c.part(w)
		for {
			changed, err := c.nextEvent(ctx, w)
			if !yield(changed, err) || err != nil {
				return
			}
		}
	}
}

// join makes a watcher of a path, or of one above it when there are many, and, if it is the first, the watch.
func (c *Client) join(path, above string) (*watcher, error) {
	full, err := c.absolute(path)
	if err != nil {
		return nil, err
	}
	w := &watcher{path: path, full: full, home: strings.TrimSuffix(full, path), wake: make(chan struct{}, 1)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil, c.err
	}
	at := full
	if above != path && c.watches.byPath[full] == nil && len(c.watches.byToken) >= fewWatches {
		at = above
	}
	if w.watch = c.watches.byPath[at]; w.watch == nil {
		w.watch = c.setWatch(at, path)
	}
	w.watch.watchers = append(w.watch.watchers, w)
	if w.watch.set {
		w.push(full)
	}
	return w, nil
}

// setWatch asks xenstored for a watch; name is the path for errors. c.mu is held.
func (c *Client) setWatch(path, name string) *watch {
	c.watches.count++
	w := &watch{path: path, token: strconv.FormatUint(c.watches.count, 10)}
	c.watches.byPath[path], c.watches.byToken[w.token] = w, w
	r := newRequest(abi.XS_WATCH, 0, list(path, w.token))
	r.answered = func(r *request) {
		if r.err == nil && r.name != "" {
			w.err = r.refusal(name)
			c.watches.drop(w)
			w.wake()
		}
	}
	c.submit(r)
	return w
}

// part takes a watcher away and, if it was the last, the watch.
func (c *Client) part(w *watcher) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := w.watch
	at.watchers = slices.DeleteFunc(at.watchers, func(o *watcher) bool { return o == w })
	if len(at.watchers) > 0 || c.watches.byToken[at.token] != at {
		return
	}
	c.watches.drop(at)
	if c.err == nil {
		c.submit(newRequest(abi.XS_UNWATCH, 0, list(at.path, at.token)))
	}
}

func (ws *watches) drop(w *watch) {
	delete(ws.byToken, w.token)
	if ws.byPath[w.path] == w { // and no later one, while this one was on its way
		delete(ws.byPath, w.path)
	}
}

// nextEvent waits for an event.
func (c *Client) nextEvent(ctx context.Context, w *watcher) (string, error) {
	for {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if changed, ok, err := c.takeEvent(w); ok || err != nil {
			return changed, err
		}
		select {
		case <-w.wake:
		case <-ctx.Done():
		}
	}
}

// takeEvent takes a waiting event.
func (c *Client) takeEvent(w *watcher) (changed string, ok bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(w.pending) > 0 {
		changed = strings.TrimPrefix(w.pending[0], w.home)
		w.pending = slices.Delete(w.pending, 0, 1)
		return changed, true, nil
	}
	if w.watch.err != nil {
		return "", false, w.watch.err
	}
	return "", false, c.err
}

// fire gives an event to the watchers it is for. An event of a watch that was
// taken away is late, and dropped.
func (ws *watches) fire(payload []byte) error {
	words, ok := splitList(payload)
	if !ok || len(words) < 2 || words[0] == "" {
		return fmt.Errorf("xenstore: xenstored sent an event that makes no sense: %.40q", payload)
	}
	w := ws.byToken[words[1]]
	if w == nil {
		return nil
	}
	w.set = true
	for _, o := range w.watchers {
		o.hear(words[0])
	}
	return nil
}

// hear takes an event of the watch, which may be about more than the watcher's path, or about something else.
func (w *watcher) hear(path string) {
	switch {
	case w.watch.path == w.full:
		w.push(path)
	case path == w.full, strings.HasPrefix(path, w.full+"/"):
		w.push(path)
	case strings.HasPrefix(w.full, path+"/"):
		w.push(w.full)
	}
}

// push adds an event unless one like it waits.
func (w *watcher) push(path string) {
	if slices.Contains(w.pending, path) {
		return
	}
	if len(w.pending) == maxPending {
		w.pending, path = w.pending[:0], w.full
	}
	w.pending = append(w.pending, path)
	w.wakeUp()
}

func (w *watcher) wakeUp() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *watch) wake() {
	for _, o := range w.watchers {
		o.wakeUp()
	}
}

// wakeAll has every watcher see that the connection ended.
func (ws *watches) wakeAll() {
	for _, w := range ws.byToken {
		w.wake()
	}
}
