package api

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mr-tron/base58"
	"github.com/sekisho/sekisho/dossier"
	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
	"github.com/tyler-smith/go-bip39"
)

// secretKinds make a key that is told by a number: how it is written, and the part of it that nothing may show.
var secretKinds = map[string]func(n string) (written, core string){
	"phrase": func(n string) (string, string) {
		sum := sha256.Sum256([]byte(n))
		phrase, err := bip39.NewMnemonic(sum[:16])
		if err != nil {
			panic(err)
		}
		return phrase, phrase
	},
	"wif": func(n string) (string, string) {
		sum := sha256.Sum256([]byte(n))
		body := append(append([]byte{0x80}, sum[:]...), 1)
		first := sha256.Sum256(body)
		second := sha256.Sum256(first[:])
		key := base58.Encode(append(body, second[:4]...))
		return key, key
	},
	"hexadecimal": func(n string) (string, string) {
		key := fmt.Sprintf("%x", sha256.Sum256([]byte(n)))
		return "private key: " + key, key
	},
}

// secretPlaces send a key at one place.
var secretPlaces = map[string]func(d *door, key string) answer{
	"text": func(d *door, key string) answer {
		return d.inspectJSON("text", map[string]string{"text": "my " + key + " thanks a lot"})
	},
	"text name": func(d *door, key string) answer {
		return d.inspectJSON("text", map[string]string{"text": "hello", "name": key})
	},
	"link": func(d *door, key string) answer {
		return d.inspectJSON("link", map[string]string{"href": secretLink(key)})
	},
	"link shown": func(d *door, key string) answer {
		return d.inspectJSON("link", map[string]string{"href": "https://evil.example/", "shown": key})
	},
	"subject": func(d *door, key string) answer { return d.inspectMail("a@evil.example", key, "a.txt", "hi") },
	"body": func(d *door, key string) answer {
		return d.inspectMail("a@evil.example", "hold this", "a.txt", "here: "+key)
	},
	"file name": func(d *door, key string) answer {
		return d.inspectMail("a@evil.example", "hi", strings.ReplaceAll(key, ":", "")+".txt", "hi")
	},
	"everywhere": func(d *door, key string) answer {
		return d.inspectMail(`"`+key+`" <a@evil.example>`, key, key+".txt", secretLink(key))
	},
	"display": func(d *door, key string) answer {
		return d.inspectMail(`"`+key+`" <a@evil.example>`, "hi", "a.txt", "hi")
	},
	"header": func(d *door, key string) answer {
		return d.inspectMail("a@evil.example\r\nX-Note: "+key, "hi", "a.txt", "hi")
	},
	"body link": func(d *door, key string) answer {
		return d.inspectMail("a@evil.example", "hi", "a.txt", "see "+secretLink(key))
	},
	"upload's name": func(d *door, key string) answer {
		return d.send("POST", "/v1/inspect/file?name="+url.QueryEscape(key+".txt"), "t", "hello", map[string]string{"Content-Type": "text/plain"})
	},
	"reporter": func(d *door, key string) answer {
		_, bare, _ := strings.Cut(": "+key, ": ")
		return d.send("POST", "/v1/inspect/text?reporter="+url.QueryEscape(strings.ReplaceAll(bare, " ", "-"))+"@x.example", "t", `{"text":"hello"}`, nil)
	},
	"helo": func(d *door, key string) answer {
		return d.send("POST", "/v1/inspect/mail?helo="+url.QueryEscape(key), "t", "From: a@evil.example\r\n\r\nhi\r\n", asMail)
	},
	"reported": func(d *door, key string) answer { // opens a case, whose title is the text's name
		data, _ := json.Marshal(map[string]string{"text": "hello " + key, "name": key})
		return d.send("POST", "/v1/inspect/text?reporter=hanako@kaede-ex.jp", "t", string(data), map[string]string{"Idempotency-Key": key[len(key)-20:]})
	},
}

// secretLink names the key in its target as forms do.
func secretLink(key string) string {
	if name, value, ok := strings.Cut(key, ": "); ok {
		return "https://evil.example/?" + strings.ReplaceAll(name, " ", "_") + "=" + value
	}
	return "https://evil.example/?k=" + url.QueryEscape(key)
}

func (d *door) inspectJSON(kind string, in map[string]string) answer {
	data, _ := json.Marshal(in)
	return d.send("POST", "/v1/inspect/"+kind, "t", string(data), nil)
}

func (d *door) inspectMail(from, subject, file, body string) answer {
	return d.send("POST", "/v1/inspect/mail", "t", "From: "+from+"\r\nTo: hanako@kaede-ex.jp\r\nSubject: "+subject+"\r\nMessage-ID: <1@partner.example>\r\n"+
		"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"+body+
		"\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\""+file+"\"\r\n\r\nhello world\r\n--b--\r\n", asMail)
}

// TestSecretsAreNowhere puts every kind of key at every place, and looks for it in the answers, in the log of the door, in the bytes of
// the database, in the entries that are sent to a SIEM, and in the packages for the police.
func TestSecretsAreNowhere(t *testing.T) {
	t.Parallel()
	var spool string
	d := newDoor(t, func(c *Config) { spool = c.Spool })
	d.token("t", 0, people.Scopes()...)
	outputs := map[string][]byte{}
	cores := map[string]string{}
	for place, put := range secretPlaces {
		for kind, write := range secretKinds {
			name := kind + " as " + place
			written, core := write(name)
			cores[name] = core
			a := put(d, written)
			outputs["answer"] = append(outputs["answer"], a.body...)
			if refused := a.status != 200; refused != (place == "reporter") {
				t.Errorf("%s: status %d %s", name, a.status, a.body)
			}
			if a.status == 200 && !bytes.Contains(a.body, []byte(`"rule":"key-`)) {
				t.Errorf("%s: no finding", name)
			}
		}
	}
	outputs["log"] = []byte(d.logged.String())
	outputs["entries"], outputs["package"] = d.everything()
	d.store.Close()
	err := filepath.Walk(spool, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		outputs["database"] = append(outputs["database"], data...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for output, data := range outputs {
		data = bytes.ToLower(data)
		for name, core := range cores {
			words := strings.Fields(strings.ToLower(core))
			if len(words) > 4 {
				words = words[4:8]
			}
			for _, between := range []string{" ", "+", "%20", "-"} {
				if bytes.Contains(data, []byte(strings.Join(words, between))) {
					t.Errorf("%s: in the %s", name, output)
					break
				}
			}
		}
	}
}

// everything returns the entries of the record and the unpacked packages of all cases.
func (d *door) everything() (entries, packages []byte) {
	d.t.Helper()
	list, err := d.store.Entries(d.t.Context(), 0, 500)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, e := range list {
		entries = append(append(entries, e.Body...), '\n')
	}
	cases, err := d.store.Cases(d.t.Context(), record.Query{Limit: 500})
	if err != nil || len(cases.Items) == 0 {
		d.t.Fatal(len(cases.Items), err)
	}
	for _, c := range cases.Items {
		var b bytes.Buffer
		if err := dossier.Write(d.t.Context(), d.store, c.ID, &b, "test"); err != nil {
			d.t.Fatal(err)
		}
		z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			d.t.Fatal(err)
		}
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				d.t.Fatal(err)
			}
			data, err := io.ReadAll(r)
			if err != nil {
				d.t.Fatal(err)
			}
			packages = append(append(append(packages, f.Name...), '\n'), data...)
		}
	}
	return entries, packages
}
