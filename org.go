package sekisho

// Org is the organisation's own profile: who its people are, what is theirs, whom they deal with. Package org reads it
// from YAML. The zero value is an organisation of which nothing is known.
type Org struct {
	Name        Text
	Domains     []string // registrable domains or hosts that are the organisation's own, in ASCII
	AuthservIDs []string // whose Authentication-Results are believed, RFC 8601 §2.5
	People      []Person
	Partners    []Partner
	Wallets     []Wallet

	// FingerprintKey keys the fingerprints of secrets, so that they cannot be compared with those of another
	// installation. It is random, and no part of the profile. Empty, they are keyed by the profile.
	FingerprintKey []byte
}

// Known reports whether anything is known.
func (o *Org) Known() bool {
	return len(o.Domains)+len(o.People)+len(o.Partners)+len(o.Wallets) > 0
}

// A Person is one of the organisation's people.
type Person struct {
	Name      Name
	Aliases   []string          // other spellings and nicknames that are this person
	Role      string            // "CEO", "CFO", "wallet operator"
	Title     Text              // the title used in signatures: 代表取締役社長
	Addresses []string          // every address that is theirs, private ones too, in lower case
	Accounts  map[string]string // by service: linkedin, x, telegram; the handle without @
}

// A Name is a person's name as it is written in each script.
type Name struct {
	En   string // in Latin letters, given name first: Aoi Mori
	Ja   string // in kanji, family name first, a space between: 森 葵
	Kana string // in katakana, family name first: モリ アオイ
}

// A Partner is a business the organisation deals with.
type Partner struct {
	Name    string
	Domains []string
}

// A Wallet is one of the organisation's wallets, by its public addresses.
type Wallet struct {
	Name      string
	Chain     string // "bitcoin", "ethereum" ...
	Kind      string // "cold", "warm" or "hot"
	Addresses []string
}
