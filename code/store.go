package code

import "slices"

// A secretStore is a place where people keep secrets, and the words in code that name it.
type secretStore struct {
	Name  string   // "metamask", "browser", "ssh" ...
	Kind  string   // "wallet", "browser", "credential", "environment", "clipboard", "keylog", "process"
	Words []string // in lower case
}

// stores: identifiers of extensions are those of the Chrome Web Store, and of Edge where it differs, as reports on the stealers
// BeaverTail and InvisibleFerret list them (2024 and 2025); paths are those the programs document, and those in MITRE ATT&CK T1555, T1552, T1115, T1056 and T1057. Words that honest programs use for something
// else are not in it: a store counts only by a path or an identifier.
var stores = []secretStore{
	{"metamask", "wallet", []string{"nkbihfbeogaeaoehlefnkodbefgpgknn", "ejbalbakoplchlghecdalmeeeajnimhm"}},
	{"phantom", "wallet", []string{"bfnaelmomeimhlpmgjnjophhpkkoljpa"}},
	{"coinbase-wallet", "wallet", []string{"hnfanknocfeofbddgcijnmhnfnkdnaad"}},
	{"trust-wallet", "wallet", []string{"egjidjbpglichdcondbcbdnbeeppgdph"}},
	{"tron-link", "wallet", []string{"ibnejdfjmmkpcnlpebklmnkoeoihofec"}},
	{"binance-wallet", "wallet", []string{"fhbohimaelbohpjbbldcngcnapndodjp", "cadiboklkpojfamcoggejbbdjcoiljjk"}},
	{"ronin", "wallet", []string{"fnjhmkhhmkbjkkabndcnnogagogbneec"}},
	{"okx-wallet", "wallet", []string{"mcohilncbfahbmgdjkbpemcciiolgcge"}},
	{"rabby", "wallet", []string{"acmacodkjbdgmoleebolmdjonilkdbch"}},
	{"keplr", "wallet", []string{"dmkamcknogkgcdfhhbddcghachkejeap"}},
	{"solflare", "wallet", []string{"bhhhlbepdkbapadjdnnojkbgioiodbic"}},
	{"math-wallet", "wallet", []string{"afbcbjpbpfadlkmhmclhkeeodmamcflc"}},
	{"yoroi", "wallet", []string{"ffnbelfdoeiohenkjibnmadjiehjhajb"}},
	{"argent-x", "wallet", []string{"dlcobpjiigpikoobohmabehhmhfoodbb"}},
	{"petra", "wallet", []string{"ejjladinnckdgjemekebdpeokbikhfci"}},
	{"martian", "wallet", []string{"efbglgofoippbgcjepnhiblaibcnclgk"}},
	{"backpack", "wallet", []string{"aflkmfhebedbjioipglgcbcmnbpgliof"}},
	{"sui-wallet", "wallet", []string{"opcgpfmipidbgpenhmajoajpbobppdil"}},
	{"desktop-wallet", "wallet", []string{"exodus.wallet", "/exodus/", "\\exodus\\", "electrum/wallets", "electrum\\wallets", ".electrum/", "atomic/local storage", "wallet.dat", "coinomi/wallets", "ledger live/", "/ledger live",
		"ledger live\\", ".bitcoin/", "ethereum/keystore", ".ethereum/", "com.liberty.jaxx", ".config/solana/id.json", "solana/id.json", "trezor suite"}},
	{"wallet-extensions", "wallet", []string{"local extension settings", "local_extension_settings", "sync extension settings"}},
	{"browser-logins", "browser", []string{"login data", "logins.json", "key4.db", "key3.db", "signons.sqlite", "web data\"", "web data'"}},
	{"browser-cookies", "browser", []string{"network/cookies", "network\\cookies", "cookies.sqlite", "cookies.binarycookies"}},
	{"browser-profile", "browser", []string{"google/chrome/user data", "google\\chrome\\user data", "application support/google/chrome", ".config/google-chrome", "bravesoftware/brave-browser", "bravesoftware\\brave-browser",
		"microsoft/edge/user data", "microsoft\\edge\\user data", ".mozilla/firefox", "mozilla\\firefox\\profiles", "mozilla/firefox/profiles", "firefox/profiles", "opera software/opera", "opera software\\opera", "vivaldi/user data"}},
	{"keychain", "credential", []string{"login.keychain", "library/keychains", "security find-generic-password", "security find-internet-password", "security dump-keychain", "secret-tool lookup", "gnome-keyring", "kwalletd", "cryptunprotectdata", "vaultcli"}},
	{"ssh", "credential", []string{".ssh/id_", ".ssh\\id_", "~/.ssh", "$home/.ssh", "/.ssh/", "'.ssh'", "\".ssh\"", "id_ed25519", "id_rsa", "authorized_keys"}},
	{"cloud", "credential", []string{".aws/credentials", ".aws\\credentials", "'.aws'", "\".aws\"", "~/.aws", ".azure/", "gcloud/credentials", "application_default_credentials", ".kube/config", ".docker/config.json", "169.254.169.254", "metadata.google.internal"}},
	{"token", "credential", []string{".npmrc", ".pypirc", ".git-credentials", ".netrc", ".config/gh/hosts", "gh auth token", "github_token", "npm_token", "aws_secret_access_key"}},
	{"password-manager", "credential", []string{"1password/", "bitwarden/data", ".kdbx", "keepassxc", "aeblfdkhhhdcdjpifhhbdiojplfjncoa", "nngceckbapebfimnlniiiahkandclblb", "hdokiejnpimakedhajhdlcegeplioahd"}},
	{"environment", "environment", []string{"json.stringify(process.env)", "...process.env}", "object.entries(process.env)", "object.keys(process.env)", "dict(os.environ)", "json.dumps(os.environ", "os.environ.items(", "env | curl", "printenv | ",
		"env|base64", "env | base64", "getchilditem env:", "dir env:"}},
	{"env-file", "environment", []string{"'.env'", "\".env\"", "`.env`", "/.env\"", "/.env'", "cat .env", "/.env ", "*.env"}},
	{"clipboard", "clipboard", []string{"get-clipboard", "pbpaste", "xclip -o", "xclip -selection", "xsel -b", "pyperclip.paste", "clipboard.readtext", "clipboardy", "win32clipboard", "getclipboarddata", "imagegrab.grabclipboard", "wl-paste"}},
	{"keylog", "keylog", []string{"getasynckeystate", "setwindowshookex", "pynput.keyboard", "keyboard.listener", "node-global-key-listener", "iohook", "pyhook", "cgeventtapcreate"}},
	{"processes", "process", []string{"tasklist", "get-process", "ps aux", "ps -ef", "process_iter(", "wmic process", "createtoolhelp32snapshot"}},
}

// touched returns the names of the stores among the signs, each once.
func touched(found []sign) []string {
	var names []string
	for _, s := range found {
		if s.class == store && !slices.Contains(names, s.store) {
			names = append(names, s.store)
		}
	}
	return names
}

// KindOf returns what kind of store has that name, or "".
func KindOf(name string) string {
	for _, s := range stores {
		if s.Name == name {
			return s.Kind
		}
	}
	return ""
}
