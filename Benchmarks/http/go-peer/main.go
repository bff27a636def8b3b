// What Slipway is measured against: the same checks, nothing stored.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
)

const bodyLimit = 25 << 20

func main() {
	secret := []byte(os.Getenv("BENCH_SECRET"))
	http.HandleFunc("/livez", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		io.WriteString(w, "ok\n")
	})
	http.HandleFunc("/webhooks/github", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
		if err != nil {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			return
		}
		header := r.Header.Get("X-Hub-Signature-256")
		code, err := hex.DecodeString(strings.TrimPrefix(header, "sha256="))
		mac := hmac.New(sha256.New, secret)
		mac.Write(body)
		if err != nil || !hmac.Equal(code, mac.Sum(nil)) {
			http.Error(w, "wrong signature", http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})
	address := "127.0.0.1:" + os.Getenv("BENCH_PORT")
	if certificate := os.Getenv("BENCH_CERTIFICATE"); certificate != "" {
		log.Fatal(http.ListenAndServeTLS(address, certificate, os.Getenv("BENCH_KEY"), nil))
	}
	log.Fatal(http.ListenAndServe(address, nil))
}
