package console

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// A chromium is a real browser with one page, driven by the Chrome DevTools Protocol.
type chromium struct {
	t       *testing.T
	conn    *websocket.Conn
	session string

	mu       sync.Mutex
	last     int
	waiting  map[int]chan message
	problems []string // errors and policy violations of the pages, requests that leave this machine
	stages   int      // how many pages have loaded
	answers  map[string]int
}

type message struct {
	ID     int             `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
	SessionID string `json:"sessionId,omitempty"`
}

// startChromium starts the browser, or skips the test.
func startChromium(t *testing.T) *chromium {
	t.Helper()
	if testing.Short() {
		t.Skip("chromium is not started in short mode")
	}
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	home := t.TempDir()
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	command := exec.CommandContext(ctx, program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions", "--hide-scrollbars", "--lang=en", "--remote-debugging-port=0", "--user-data-dir="+home, "about:blank")
	command.Env = append(os.Environ(), "HOME="+home)
	command.WaitDelay = 5 * time.Second
	if err := command.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	b := &chromium{t: t, waiting: map[int]chan message{}, answers: map[string]int{}}
	t.Cleanup(func() {
		if b.conn == nil || b.try("Browser.close", nil, nil) != nil {
			cancel() // it is killed
		}
		_ = command.Wait() // how it ended says nothing
		cancel()
	})
	b.connect(ctx, home)
	return b
}

// connect finds the port that the browser chose and opens a page.
func (b *chromium) connect(ctx context.Context, home string) {
	b.t.Helper()
	var data []byte
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if data, _ = os.ReadFile(filepath.Join(home, "DevToolsActivePort")); bytes.Count(data, []byte("\n")) > 0 {
			break
		}
	}
	port, path, ok := strings.Cut(strings.TrimSpace(string(data)), "\n")
	if !ok {
		b.t.Fatal("chromium does not answer")
	}
	var err error
	if b.conn, _, err = websocket.Dial(ctx, "ws://127.0.0.1:"+port+path, nil); err != nil {
		b.t.Fatal(err)
	}
	b.conn.SetReadLimit(64 << 20)
	go b.read(ctx)
	var target struct {
		TargetID string `json:"targetId"`
	}
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct {
		SessionID string `json:"sessionId"`
	}
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil, nil)
	}
	b.call("WebAuthn.enable", nil, nil)
	b.call("WebAuthn.addVirtualAuthenticator", map[string]any{"options": map[string]any{"protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true, "isUserVerified": true, "automaticPresenceSimulation": true}}, nil)
	b.size(1280, 900)
}

func (b *chromium) read(ctx context.Context) {
	for {
		_, data, err := b.conn.Read(ctx)
		if err != nil {
			return // the test is over
		}
		var m message
		if json.Unmarshal(data, &m) != nil {
			continue
		}
		b.mu.Lock()
		if wait := b.waiting[m.ID]; m.ID != 0 && wait != nil {
			delete(b.waiting, m.ID)
			wait <- m
		} else {
			b.note(m)
		}
		b.mu.Unlock()
	}
}

// note keeps what goes wrong in the pages.
func (b *chromium) note(m message) {
	var p struct {
		Entry struct {
			Level, Text, URL string
		} `json:"entry"`
		ExceptionDetails struct {
			Text string
		} `json:"exceptionDetails"`
		Request struct {
			URL string `json:"url"`
		} `json:"request"`
		Response struct {
			URL    string `json:"url"`
			Status int    `json:"status"`
		} `json:"response"`
	}
	if json.Unmarshal(m.Params, &p) != nil {
		return
	}
	switch m.Method {
	case "Page.loadEventFired":
		b.stages++
	case "Log.entryAdded":
		if p.Entry.Level == "error" || p.Entry.Level == "warning" {
			b.problems = append(b.problems, p.Entry.Text+" at "+p.Entry.URL)
		}
	case "Runtime.exceptionThrown":
		b.problems = append(b.problems, "exception: "+p.ExceptionDetails.Text)
	case "Network.responseReceived":
		b.answers[p.Response.URL] = p.Response.Status
	case "Network.requestWillBeSent":
		u, err := url.Parse(p.Request.URL)
		if err != nil || u.Scheme != "data" && u.Scheme != "about" && u.Scheme != "blob" && u.Hostname() != "localhost" {
			b.problems = append(b.problems, "request to "+p.Request.URL)
		}
	}
}

// call asks the browser to do something and waits for the answer.
func (b *chromium) call(method string, params, result any) {
	b.t.Helper()
	if err := b.try(method, params, result); err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
}

func (b *chromium) try(method string, params, result any) error {
	raw, err := json.Marshal(params)
	if err != nil {
		return err
	}
	if params == nil {
		raw = []byte("{}")
	}
	answer := make(chan message, 1)
	b.mu.Lock()
	b.last++
	id := b.last
	b.waiting[id] = answer
	b.mu.Unlock()
	data, err := json.Marshal(message{ID: id, Method: method, Params: raw, SessionID: b.session})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := b.conn.Write(ctx, websocket.MessageText, data); err != nil {
		return err
	}
	select {
	case m := <-answer:
		if m.Error != nil {
			return errors.New(m.Error.Message)
		}
		if result != nil {
			return json.Unmarshal(m.Result, result)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *chromium) size(width, height int) {
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
}

// look sets the colours and the language the browser asks for.
func (b *chromium) look(scheme, lang string) {
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
	b.call("Network.setExtraHTTPHeaders", map[string]any{"headers": map[string]string{"Accept-Language": lang}}, nil)
}

// open goes to a page and waits until it is loaded.
func (b *chromium) open(at string) {
	b.t.Helper()
	b.loading(func() { b.call("Page.navigate", map[string]any{"url": at}, nil) })
}

// loading does something that loads a page and waits for it.
func (b *chromium) loading(do func()) {
	b.t.Helper()
	before := b.loads()
	do()
	for end := time.Now().Add(20 * time.Second); b.loads() == before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("no page was loaded: %s", b.text("document.body.innerText"))
		}
	}
}

func (b *chromium) loads() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stages
}

// text evaluates an expression in the page.
func (b *chromium) text(expression string) string {
	b.t.Helper()
	var out struct {
		Result struct {
			Value any `json:"value"`
		} `json:"result"`
		ExceptionDetails *struct {
			Exception struct {
				Description string `json:"description"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "userGesture": true}, &out)
	if out.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, out.ExceptionDetails.Exception.Description)
	}
	return fmt.Sprint(out.Result.Value)
}

// click clicks what a selector finds and waits for the page that follows.
func (b *chromium) click(selector string) {
	b.t.Helper()
	b.loading(func() { b.text(fmt.Sprintf("document.querySelector(%q).click()", selector)) })
}

func (b *chromium) fill(selector, value string) {
	b.t.Helper()
	b.text(fmt.Sprintf("document.querySelector(%q).value = %q", selector, value))
}

// key presses a key.
func (b *chromium) key(keys string) {
	b.t.Helper()
	for _, r := range keys {
		for _, kind := range []string{"keyDown", "keyUp"} {
			b.call("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": string(r), "text": string(r)}, nil)
		}
	}
}

// shoot writes a picture of the window to a file.
func (b *chromium) shoot(path string) {
	b.t.Helper()
	var out struct {
		Data string `json:"data"`
	}
	b.call("Page.captureScreenshot", map[string]any{"format": "png"}, &out)
	data, err := base64.StdEncoding.DecodeString(out.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		b.t.Fatal(err)
	}
	var small bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&small, fewColours(picture)); err != nil {
		b.t.Fatal(err)
	}
	if small.Len() > 200_000 {
		b.t.Errorf("%s has %d bytes, want less than 200,000", path, small.Len())
	}
	if err := os.WriteFile(path, small.Bytes(), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// clean fails the test when something went wrong in the pages.
func (b *chromium) clean() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, problem := range b.problems {
		b.t.Errorf("in the browser: %s", problem)
	}
}

// wait waits until an expression holds.
func (b *chromium) wait(condition string) {
	b.t.Helper()
	for end := time.Now().Add(20 * time.Second); b.text(condition) != "true"; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("it never holds that %s", condition)
		}
	}
}

// fewColours returns the picture in its 256 most frequent colours, which is a third of the bytes.
func fewColours(picture image.Image) image.Image {
	count := map[color.RGBA]int{}
	size := picture.Bounds()
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA) }
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int { return cmp.Compare(count[b], count[a]) })
	var palette color.Palette
	for _, c := range colours[:min(256, len(colours))] {
		palette = append(palette, c)
	}
	nearest := map[color.RGBA]uint8{}
	out := image.NewPaletted(size, palette)
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			c := at(x, y)
			i, ok := nearest[c]
			if !ok {
				i = uint8(palette.Index(c))
				nearest[c] = i
			}
			out.SetColorIndex(x, y, i)
		}
	}
	return out
}
