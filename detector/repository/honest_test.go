package repository_test

import (
	"testing"

	"github.com/sekisho/sekisho"
)

// honest holds trees as their tools' own templates make them. None may be warned about.
var honest = []struct {
	name  string
	files tree
}{
	{"a React app", tree{
		"package.json":            `{"name":"app","scripts":{"dev":"vite","build":"tsc -b && vite build","lint":"eslint .","preview":"vite preview","prepare":"husky"},"dependencies":{"react":"^18.3.1","react-dom":"^18.3.1","ethers":"^6.13.0"},"devDependencies":{"vite":"^5.4.10","typescript":"~5.6.2"}}`,
		"vite.config.ts":          "import { defineConfig } from 'vite'\nimport react from '@vitejs/plugin-react'\n\nexport default defineConfig({ plugins: [react()] })\n",
		"tailwind.config.js":      "/** @type {import('tailwindcss').Config} */\nmodule.exports = { content: ['./src/**/*.{ts,tsx}'], theme: { extend: {} }, plugins: [] }\n",
		"src/App.tsx":             "export default function App() {\n  const [n, set] = useState(0)\n  useEffect(() => { fetch('/api').then((r) => r.json()).then(set) }, [])\n  return <b>{n}</b>\n}\n",
		".husky/pre-commit":       "npx lint-staged\n",
		".vscode/settings.json":   `{"editor.formatOnSave": true, "typescript.tsdk": "node_modules/typescript/lib", "python.defaultInterpreterPath": "${workspaceFolder}/.venv/bin/python"}`,
		".vscode/extensions.json": `{"recommendations": ["dbaeumer.vscode-eslint"]}`,
		".vscode/launch.json":     `{"configurations":[{"type":"chrome","name":"Chrome","request":"launch","url":"http://localhost:5173","webRoot":"${workspaceFolder}"}]}`,
		".gitattributes":          "* text=auto\n*.psd filter=lfs diff=lfs merge=lfs -text\n",
		"package-lock.json":       `{"lockfileVersion":3,"packages":{"":{"dependencies":{"ethers":"^6.13.0","react":"^18.3.1","react-dom":"^18.3.1"},"devDependencies":{"typescript":"~5.6.2","vite":"^5.4.10"}},"node_modules/ethers":{"version":"6.13.4","resolved":"https://registry.npmjs.org/ethers/-/ethers-6.13.4.tgz"}}}`,
	}},
	{"a Go service", tree{
		"go.mod":              "module kaede-ex.jp/service\n\ngo 1.26\n\ntoolchain go1.26.1\n\nrequire golang.org/x/net v0.30.0\n",
		"main.go":             "package main\n\nimport \"net/http\"\n\n//go:generate stringer -type=Kind\n//go:generate go run ./internal/gen\n\nfunc main() { http.ListenAndServe(\":8080\", nil) }\n",
		"Makefile":            "VERSION := $(shell git describe --tags)\n\nbuild:\n\tgo build ./...\n\ntools:\n\tcurl -sSfL https://raw.githubusercontent.com/golangci/golangci-lint/master/install.sh | sh -s -- -b bin\n",
		"Dockerfile":          "FROM golang:1.26\nRUN go build -o /service .\n",
		"compose.yaml":        "services:\n  db:\n    image: postgres\n    volumes:\n      - data:/var/lib/postgresql\n      - ./init:/docker-entrypoint-initdb.d:ro\n    command: postgres -c fsync=off\nvolumes: {data: {}}\n",
		".git/config":         "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n[remote \"origin\"]\n\turl = git@github.com:kaede/service.git\n[filter \"lfs\"]\n\tclean = git-lfs clean -- %f\n\tsmudge = git-lfs smudge -- %f\n[alias]\n\tst = status\n",
		".git/HEAD":           "ref: refs/heads/main\n",
		".git/hooks/pre-push": "#!/bin/sh\ncommand -v git-lfs >/dev/null 2>&1 || { echo >&2 \"git-lfs not found\"; exit 2; }\ngit lfs pre-push \"$@\"\n",
		".envrc":              "export PATH=$PWD/bin:$PATH\nsource_env_if_exists .envrc.local\n",
	}},
	{"a Python package", tree{
		"setup.py":                "import os\nfrom setuptools import setup, find_packages\n\nhere = os.path.dirname(__file__)\nabout = {}\nwith open(os.path.join(here, 'pkg', 'version.py')) as f:\n    exec(f.read(), about)\n\nsetup(name='pkg', version=about['__version__'], url='https://github.com/kaede/pkg', packages=find_packages(), install_requires=['requests>=2', 'web3'])\n",
		"pyproject.toml":          "[build-system]\nrequires = [\"setuptools>=61\", \"wheel\"]\nbuild-backend = \"setuptools.build_meta\"\n\n[project]\nname = \"pkg\"\ndependencies = [\"requests>=2\", \"eth-account\"]\n",
		"requirements.txt":        "web3==6.20.1\nrequests[socks]==2.32.3\n-e .\n",
		"conftest.py":             "import pytest\nimport subprocess\n\n@pytest.fixture\ndef node():\n    return subprocess.Popen(['anvil'])\n",
		"pkg/client.py":           "import base64, requests\n\ndef fetch(url):\n    r = requests.get(url)\n    return base64.b64decode(r.json()['data'])\n",
		".pre-commit-config.yaml": "repos:\n- repo: https://github.com/psf/black\n  rev: 24.8.0\n  hooks:\n  - id: black\n- repo: local\n  hooks:\n  - id: mypy\n    entry: mypy pkg\n    language: system\n",
	}},
	{"Hardhat's template", tree{
		"package.json":             `{"name":"hardhat-project","devDependencies":{"hardhat":"^2.22.15","@nomicfoundation/hardhat-toolbox":"^5.0.0"}}`,
		"hardhat.config.js":        "require(\"@nomicfoundation/hardhat-toolbox\");\nrequire('dotenv').config({path: '.env'});\n\n/** @type import('hardhat/config').HardhatUserConfig */\nmodule.exports = {\n  solidity: \"0.8.27\",\n  networks: { sepolia: { url: process.env.RPC_URL, accounts: [process.env.KEY] } },\n};\n",
		"contracts/Lock.sol":       "// SPDX-License-Identifier: UNLICENSED\npragma solidity ^0.8.27;\ncontract Lock { uint public unlockTime; }\n",
		"test/Lock.js":             "const { expect } = require(\"chai\");\ndescribe(\"Lock\", () => { it(\"works\", async () => { expect(1).to.equal(1); }); });\n",
		"ignition/modules/Lock.js": "const { buildModule } = require(\"@nomicfoundation/hardhat-ignition/modules\");\nmodule.exports = buildModule(\"LockModule\", (m) => ({ lock: m.contract(\"Lock\", []) }));\n",
	}},
	{"a native module", tree{"package.json": `{"name":"n","scripts":{"install":"node-gyp-build || npm run build","build":"node-gyp rebuild","postinstall":"node install.js"}}`,
		"binding.gyp": `{"targets":[{"target_name":"n","include_dirs":["<!(node -p \"require('node-addon-api').include_dir\")"]}]}`,
		"install.js":  "const https = require('https');\nconst { execFileSync } = require('child_process');\nconst sum = Buffer.from('abcd', 'hex');\nhttps.get('https://github.com/kaede/n/releases/n.tgz', (r) => save(r));\n"}},
	{"a watch task on folder open", tree{".vscode/tasks.json": `{"version":"2.0.0","tasks":[{"label":"watch","type":"npm","script":"watch","isBackground":true,"runOptions":{"runOn":"folderOpen"}}]}`, "package.json": `{"scripts":{"watch":"tsc -w"}}`}},
	{"a dev container", tree{".devcontainer/devcontainer.json": `{"image":"mcr.microsoft.com/devcontainers/base","postCreateCommand":"npm ci && curl -fsSL https://foundry.paradigm.xyz | bash","mounts":["source=cache,target=/home/vscode/.cache,type=volume"]}`}},
	{"a Java project", tree{"build.gradle": "plugins { id 'java' }\nrepositories { mavenCentral() }\ntask docs(type: Exec) { commandLine 'sh', '-c', 'make docs' }\n",
		"gradle/wrapper/gradle-wrapper.properties": "distributionUrl=https\\://services.gradle.org/distributions/gradle-8.10-bin.zip\n", ".mvn/jvm.config": "-Xmx2g\n"}},
	{"a Rust crate", tree{"Cargo.toml": "[package]\nname = \"c\"\nversion = \"0.1.0\"\n\n[dependencies]\nserde = { version = \"1\", features = [\"derive\"] }\nx = { git = \"https://github.com/kaede/x\" }\n\n[lib]\nproc-macro = true\n",
		"build.rs": "fn main() {\n    println!(\"cargo:rerun-if-changed=build.rs\");\n    std::process::Command::new(\"git\").args([\"rev-parse\", \"HEAD\"]).output().unwrap();\n}\n", "src/lib.rs": "use proc_macro::TokenStream;\n", ".cargo/config.toml": "[build]\nrustc-wrapper = \"sccache\"\n"}},
	{"a .NET project", tree{"a.csproj": `<Project Sdk="Microsoft.NET.Sdk"><Target Name="T" BeforeTargets="Build"><Exec Command="npm ci" WorkingDirectory="web" /></Target></Project>`}},
	{"a CMake project", tree{"CMakeLists.txt": "project(a)\nexecute_process(COMMAND git rev-parse HEAD OUTPUT_VARIABLE REV)\nFetchContent_Declare(googletest URL https://github.com/google/googletest/archive/v1.15.zip)\n"}},
}

func TestHonestTreesAreNotJudged(t *testing.T) {
	cp := newCheckpoint(t)
	for _, test := range honest {
		t.Run(test.name, func(t *testing.T) {
			verdict := inspect(cp, test.files)
			for _, f := range verdict.Findings {
				if f.Ask > sekisho.ActionNote {
					t.Errorf("%v by %s: %s", f.Ask, f.Rule, f.Why.En)
				}
			}
		})
	}
}
