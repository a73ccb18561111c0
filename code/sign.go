package code

import (
	"slices"
	"strings"
	"sync"

	"github.com/sekisho/sekisho/term"
)

// A class says what a word in code is for.
type class uint8

const (
	fetch class = iota
	decode
	evaluate
	spawn
	hide
	socket
	piped // the end of a pipe that runs what comes through it
	store // a store of secrets
)

func (c class) String() string {
	return [...]string{"fetches", "decodes", "evaluates", "spawns", "hides", "sockets", "evaluates", "touches"}[c]
}

// A sign is a word that says what code does, and where it stands.
type sign struct {
	class      class
	start, end int
	store      string
}

// signLimit is how many signs of one text are kept; what comes later is like what came before.
const signLimit = 20_000

// A vocabulary is every word, found in one pass.
type vocabulary struct {
	index *term.Index
	of    []entry
}

type entry struct {
	class    class
	store    string
	language string // the only one it counts in, empty for all
}

// vocabularyOf is made when code is first read: most processes, workers among them, never do.
var vocabularyOf = sync.OnceValue(newVocabulary)

func newVocabulary() *vocabulary {
	v := &vocabulary{}
	var terms []string
	add := func(word string, e entry) {
		terms = append(terms, "*"+word+"*")
		v.of = append(v.of, e)
	}
	for class, list := range words {
		for _, word := range list {
			language := ""
			if l, rest, ok := strings.Cut(word, ":>"); ok {
				language, word = l, rest
			}
			add(word, entry{class: class, language: language})
		}
	}
	for _, s := range stores {
		for _, word := range s.Words {
			add(word, entry{class: store, store: s.Name})
		}
	}
	index, err := term.NewIndex(terms)
	if err != nil {
		panic(err) // the tables below are wrong
	}
	v.index = index
	return v
}

// signs returns the words in a lower-case text, in order.
func signs(lower, language string) []sign {
	var found []sign
	known := vocabularyOf()
	for m := range known.index.All(lower) {
		e := known.of[m.Term]
		if e.language != "" && language != "" && e.language != language || !stands(lower, language, m.Start, e.class) {
			continue
		}
		found = append(found, sign{e.class, m.Start, m.End, e.store})
		if len(found) == signLimit {
			break
		}
	}
	slices.SortFunc(found, func(a, b sign) int { return a.start - b.start })
	return found
}

// stands reports whether the word at start is not the end of a longer one, as retrieval( is of eval(.
func stands(lower, language string, start int, c class) bool {
	if start == 0 || c == store {
		return true
	}
	if c == evaluate && language == "javascript" && strings.IndexByte("\"'`", lower[start-1]) >= 0 {
		return false // code that writes code
	}
	if !wordByte(lower[start]) {
		return true
	}
	before := lower[start-1]
	if c == evaluate && before == '.' { // a method of the same name, unless of the global object
		head := strings.TrimRight(lower[:start-1], " ")
		return strings.HasSuffix(head, "window") || strings.HasSuffix(head, "global") || strings.HasSuffix(head, "globalthis") || strings.HasSuffix(head, "builtins") ||
			strings.HasSuffix(head, "self")
	}
	return !wordByte(before)
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '$'
}

// words are what the languages say for fetching, decoding, evaluating, starting and hiding: from their own references and
// MITRE ATT&CK T1059, T1105, T1140 and T1564 (read 2026-11). A word behind "language:>" counts in that
// language only, and where the language is not known.
var words = map[class][]string{
	fetch: {"curl ", "curl.exe", "wget ", "wget.exe", "invoke-webrequest", "iwr ", "invoke-restmethod", "irm ", "downloadstring", "downloadfile", "downloaddata", "net.webclient", "start-bitstransfer",
		"bitsadmin", "certutil -urlcache", "certutil.exe -urlcache", "urllib.request", "urllib2", "urlopen(", "urlretrieve(", "requests.get(", "requests.post(", "httpx.", "aiohttp", "http.client",
		"http.get(", "https.get(", "http.request(", "https.request(", `require("http`, `require('http`, `require("axios`, `require('axios`, `require("request`, `require('request`, "axios.get(", "axios.post(",
		"axios(", "fetch(", "xmlhttprequest", "msxml2.", "microsoft.xmlhttp", "winhttp", "node-fetch", "got(", "open-uri", "net::http", "file_get_contents('http", `file_get_contents("http`, "curl_exec(",
		"new websocket(", "lwp::", "reqwest::", "ureq::", "http.get(", "net/http", "urlconnection", "httpclient", "git clone ", "mshta http", "regsvr32 /s /n /u /i:http", "file(download",
		"npx -y ", "npx --yes ", "pip install http", "pip install git+", "npm i http", "npm install http", "osascript -e 'do shell script \"curl", "gethttp", "builtins.fetchurl", "fetchtarball", "fetchurl"},
	decode: {"base64 -d", "base64 --decode", "base64 -di", "-decode ", "frombase64string", "b64decode(", "a85decode(", "b32decode(", "atob(", `"base64"`, "'base64'", "`base64`", `"hex")`, "'hex')", "fromcharcode",
		"fromcodepoint", "unhexlify(", "bytes.fromhex(", "codecs.decode(", "zlib.decompress(", "lzma.decompress(", "gzip.decompress(", "bz2.decompress(", "inflatesync(", "gunzipsync(", "marshal.loads(",
		"xxd -r", "xxd -p -r", "decode64(", "base64::", "unpack('m", `unpack("m`, "base64_decode(", "gzinflate(", "str_rot13(", "openssl enc -d", "openssl aes", "rot13", "-encodedcommand", "-enc ", "-ec ", "createdecipher",
		"aes.new(", "fernet(", "decodestring(", "tr 'a-za-z' 'n-za-mn-za-m'", "hextostring", "[char[]]", "[char]", "chr(", "string.fromchar", "decompress(", "bin.base64", "printf '\\x"},
	evaluate: {"eval(", "shell:>eval ", "make:>eval ", "powershell:>iex ", "iex(", "iex (", "invoke-expression", "new function(", "function(\"", "function('", "function.constructor", ".constructor(\"return", ".constructor('return",
		"(0,eval)(", "(0, eval)(", "[\"constructor\"](", "['constructor'](", "vm.runin", "runinthiscontext(", "runinnewcontext(", "module._compile", "_compile(", "python:>exec(", "php:>assert(", "vbscript:>execute(",
		"vbscript:>execute ", "vbscript:>executeglobal", "executeglobal(", "instance_eval", "class_eval", "ruby:>eval ", "sh -c \"$(", "sh -c '$(", "sh -c $(", "bash -c \"$(", "bash -c '$(", "bash -c $(", "zsh -c \"$(", "bash <(", "sh <(", "zsh <(", "source <(", ". <(",
		"python -c \"$(", "python3 -c \"$(", "node -e \"$(", "loadstring(", "[scriptblock]::create", "reflection.assembly", "assembly.load(", "new asyncfunction(",
		"asyncfunction(", "python:>__import__('builtins').exec", "globalthis[\"eval\"]", "globalthis['eval']", "scripttext", ".then(eval)", "(load-file", "elisp:>(eval "},
	piped: {"| sh", "|sh", "| bash", "|bash", "| zsh", "|zsh", "| sudo sh", "| sudo bash", "| sudo -e bash", "| python", "|python", "| node", "|node", "| perl", "| ruby", "| iex", "|iex", "| powershell", "|powershell", "| cmd", "|cmd",
		"| osascript", "| tclsh", "| php", "| deno run -"},
	spawn: {"child_process", "execsync(", "spawnsync(", "spawn(", "execfile(", "execfilesync(", "os.system(", "subprocess.", "os.popen(", "popen(", "pty.spawn", "wscript.shell", "shell.application", "start-process",
		"shellexecute", "getruntime().exec", "processbuilder", "process::command", "command::new(", "exec.command(", "do shell script", "system(", "rundll32", "regsvr32", "nohup ", "chmod +x", "chmod 755", "chmod 777", "chmod a+x", "powershell",
		"cmd /c", "cmd.exe", "mshta", "osascript", "shell_exec(", "passthru(", "createobject(", "proc_open(", "launchctl ", "schtasks", "crontab"},
	hide: {">/dev/null 2>&1", "> /dev/null 2>&1", "&>/dev/null", "&> /dev/null", ">/dev/null &", "-windowstyle hidden", "-w hidden", "-window hidden", "-w h ", "-wi h", "windowshide: true", "windowshide:true", "stdio: 'ignore'", "stdio: \"ignore\"",
		"stdio:\"ignore\"", "stdio:'ignore'", "detached: true", "detached:true", "detached:!0", "nohup ", "disown", "setsid ", "create_no_window", "vbhide", ".unref()", "nul 2>&1", "start /b ", "start /min", ", 0, false", ",0,false", ", 0, true",
		"creationflags=0x08000000", "stdout=subprocess.devnull", "stderr=subprocess.devnull", "history -c", "stdio.null()", "set +o history", "ws_hide", "sw_hide"},
	socket: {"socket.socket(", "/dev/tcp/", "/dev/udp/", "tcpclient(", "net.connect(", "net.createconnection(", "new net.socket(", "net.sockets", "tcpsocket.new", "tcpsocket.open", "ncat ", "nc -e", "nc -c", "tcpstream::connect", "net.dial(", "fsockopen(",
		"websocket.connect(", "socket.create_connection("},
}
