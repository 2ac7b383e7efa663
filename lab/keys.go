// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file makes the keys of one lab, on the developer's machine. They live as
// long as the lab: dom0 gets its half inside its RAM file system.

package lab

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"
)

// keys are the two key pairs of a lab.
type keys struct {
	hostPEM, clientPEM       []byte // private, in PEM
	hostPublic, clientPublic []byte // in authorized_keys form
}

// newKeys makes fresh keys.
func newKeys() (*keys, error) {
	var k keys
	var err error
	if k.hostPublic, k.hostPEM, err = newKey(); err != nil {
		return nil, err
	}
	k.clientPublic, k.clientPEM, err = newKey()
	return &k, err
}

// newKey makes one key pair.
func newKey() (public, private []byte, err error) {
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	block, err := ssh.MarshalPrivateKey(crypto.PrivateKey(priv), "")
	if err != nil {
		return nil, nil, err
	}
	sshPub, err := ssh.NewPublicKey(pub)
	if err != nil {
		return nil, nil, err
	}
	return ssh.MarshalAuthorizedKey(sshPub), pem.EncodeToMemory(block), nil
}

// save keeps what a client needs in dir, readable by the owner only.
func (k *keys) save(dir string) error {
	if err := os.WriteFile(filepath.Join(dir, "client_key"), k.clientPEM, 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "host_key.pub"), k.hostPublic, 0o600)
}

// clientConfig reads the keys in dir for a connection.
func clientConfig(dir string) (*ssh.ClientConfig, error) {
	pem, err := os.ReadFile(filepath.Join(dir, "client_key"))
	if err != nil {
		return nil, err
	}
	signer, err := ssh.ParsePrivateKey(pem)
	if err != nil {
		return nil, err
	}
	line, err := os.ReadFile(filepath.Join(dir, "host_key.pub"))
	if err != nil {
		return nil, err
	}
	host, _, _, _, err := ssh.ParseAuthorizedKey(line)
	if err != nil {
		return nil, err
	}
	return &ssh.ClientConfig{
		Auth:            []ssh.AuthMethod{ssh.PublicKeys(signer)},
		HostKeyCallback: ssh.FixedHostKey(host),
	}, nil
}
