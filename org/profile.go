package org

// profile is the file. Its tags are the documentation: doc is the comment that [Init] writes above a key, and example
// is the value it writes.
type profile struct {
	Organisation organisation `yaml:"organisation" doc:"the organisation itself"`
	People       []person     `yaml:"people" doc:"the people whose names an attacker would borrow: executives first, then finance, wallet operators, administrators, HR"`
	Partners     []partner    `yaml:"partners" doc:"businesses the organisation deals with; a domain that looks like theirs is told"`
	Wallets      []wallet     `yaml:"wallets" doc:"wallets of the organisation, by public address; never write a key or a phrase here"`
}

type organisation struct {
	Name        names  `yaml:"name" doc:"what people call it, in English and Japanese, without 株式会社 and Inc." example:"{en: Kaede Exchange, ja: 楓取引所}"`
	Domains     []text `yaml:"domains" doc:"domains that are its own; names under them are too" example:"[kaede-ex.jp]"`
	AuthservIDs []text `yaml:"authserv_ids" doc:"whose Authentication-Results headers are believed: the first word that its own mail servers write into them" example:"[mx.kaede-ex.jp]"`
}

type person struct {
	Name      names           `yaml:"name" doc:"en: given name first; ja: family name, a space, given name; kana: the reading of ja in katakana, with the space" example:"{en: Aoi Mori, ja: 森 葵, kana: モリ アオイ}"`
	Aliases   []text          `yaml:"aliases" doc:"other spellings and nicknames that are this person" example:"[A. K. Mori]"`
	Role      text            `yaml:"role" doc:"what they do, in free words; rules read it" example:"CEO"`
	Title     names           `yaml:"title" doc:"the title they sign with" example:"{en: President, ja: 代表取締役社長}"`
	Addresses []text          `yaml:"addresses" doc:"every mail address that is theirs, private ones too: a known name on any other address is told" example:"[aoi.mori@kaede-ex.jp, aoi.private@example.net]"`
	Accounts  map[string]text `yaml:"accounts" doc:"their accounts by service, without @" example:"{linkedin: aoi-mori, x: aoimori}"`

	Line int `yaml:"-"`
}

type partner struct {
	Name    text   `yaml:"name" doc:"what people call the business" example:"Example Custody"`
	Domains []text `yaml:"domains" doc:"domains that are its own" example:"[custody.example]"`

	Line int `yaml:"-"`
}

type wallet struct {
	Name      text   `yaml:"name" doc:"what the organisation calls the wallet" example:"cold 1"`
	Chain     text   `yaml:"chain" doc:"the chain it is on: bitcoin, ethereum, solana ..." example:"bitcoin"`
	Kind      text   `yaml:"kind" doc:"cold, warm or hot" example:"cold"`
	Addresses []text `yaml:"addresses" doc:"its public addresses" example:"[bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4]"`

	Line int `yaml:"-"`
}

// names is a name or a title in each script.
type names struct {
	En   text `yaml:"en" doc:"in English"`
	Ja   text `yaml:"ja" doc:"in Japanese"`
	Kana text `yaml:"kana" doc:"the reading of ja"`

	Line int `yaml:"-"`
}

// A text is a scalar with the line it stands on.
type text struct {
	Value string
	Line  int
}
