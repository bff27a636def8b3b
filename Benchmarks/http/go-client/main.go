// A client of Go's standard library, for Benchmarks/http/clients. Ends with a sentence.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	origin, file, signature, guid, trust := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	body, err := os.ReadFile(file)
	check(err)
	transport := &http.Transport{ExpectContinueTimeout: 5 * time.Second}
	if trust != "" {
		certificate, err := os.ReadFile(trust)
		check(err)
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(certificate)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	connections := 0

	send := func(method, path string, content io.Reader, headers map[string]string) string {
		request, err := http.NewRequest(method, origin+path, content)
		check(err)
		for name, value := range headers {
			request.Header.Set(name, value)
		}
		trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
			if !info.Reused {
				connections++
			}
		}}
		answer, err := client.Do(request.WithContext(httptrace.WithClientTrace(request.Context(), trace)))
		check(err)
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		check(err)
		if answer.StatusCode != 200 {
			log.Fatalf("%s %s: %s %s", method, path, answer.Status, text)
		}
		return string(text)
	}
	hook := map[string]string{
		"Content-Type": "application/json", "X-GitHub-Event": "push",
		"X-GitHub-Delivery": guid, "X-Hub-Signature-256": signature,
	}

	if text := send("GET", "/livez", nil, nil); text != "ok\n" {
		log.Fatalf("GET /livez: %q", text)
	}
	send("POST", "/webhooks/github", bytes.NewReader(body), hook)
	// Of unknown length, so in chunks; the same delivery again.
	again := send("POST", "/webhooks/github", io.MultiReader(bytes.NewReader(body)), hook)
	if !strings.Contains(again, "duplicate") {
		log.Fatalf("the second delivery was answered %s", again)
	}
	hook["Expect"] = "100-continue"
	send("POST", "/webhooks/github", bytes.NewReader(body), hook)
	send("HEAD", "/openapi.yaml", nil, nil)
	if connections != 1 {
		log.Fatalf("5 requests took %d connections", connections)
	}
	fmt.Println("5 requests, 1 connection")
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
