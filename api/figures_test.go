package api

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sekisho/sekisho/people"
)

var figures = flag.Bool("figures", false, "measure requests a second")

// TestFigures prints how many requests a second the API answers over loopback, everything included: the token, the verdict, the
// record on disk.
func TestFigures(t *testing.T) {
	if !*figures {
		t.Skip("-figures measures")
	}
	d := newDoor(t, nil)
	d.token("all", 0, people.ScopeInspect, people.ScopeScreen)
	for _, tt := range []struct{ name, path, body string }{
		{"healthz", "/healthz", ""},
		{"inspect/link", "/v1/inspect/link", `{"href":"https://login.account.example/","shown":"kaede-ex.jp"}`},
		{"screen, one address", "/v1/screen", `{"addresses":[{"address":"` + exampleAddress + `"}]}`},
		{"screen, 1,000 addresses", "/v1/screen", `{"addresses":[` + string(bytes.TrimSuffix(bytes.Repeat([]byte(`{"address":"`+exampleAddress+`"},`), 1000), []byte(","))) + `]}`},
	} {
		for _, clients := range []int{1, 8} {
			took := d.measure(tt.path, tt.body, clients, 2*time.Second)
			slices.Sort(took)
			at := func(part float64) time.Duration {
				return took[int(float64(len(took)-1)*part)].Round(10 * time.Microsecond)
			}
			t.Logf("%-24s %d clients: %5.0f requests/s, p50 %v, p95 %v, p99 %v", tt.name, clients, float64(len(took))/2, at(.5), at(.95), at(.99))
		}
	}
}

// measure asks again and again with so many clients and returns how long each request took.
func (d *door) measure(path, body string, clients int, length time.Duration) []time.Duration {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var all []time.Duration
	var running sync.WaitGroup
	end := time.Now().Add(length)
	for range clients {
		running.Go(func() {
			var took []time.Duration
			for time.Now().Before(end) {
				start := time.Now()
				if err := d.once(client, path, body); err != nil {
					d.t.Error(err)
					return
				}
				took = append(took, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
		})
	}
	running.Wait()
	return all
}

func (d *door) once(client *http.Client, path, body string) error {
	method := http.MethodPost
	if body == "" {
		method = http.MethodGet
	}
	r, err := http.NewRequestWithContext(d.t.Context(), method, d.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+d.tokens["all"])
	r.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}
