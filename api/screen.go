package api

import (
	"slices"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/coin"
	"github.com/sekisho/sekisho/intel/label"
	"github.com/sekisho/sekisho/record"
)

// A ScreenRequest is addresses to screen.
type ScreenRequest struct {
	Addresses []AddressRequest `json:"addresses" doc:"the addresses" limit:"1000" least:"1"`
}

// A Screening is what is known of addresses. It has the form of sekisho screen --format json.
type Screening struct {
	Addresses []Screened `json:"addresses" doc:"one for each address asked for, in that order"`
	Stale     bool       `json:"stale" doc:"a list is older than it should be, cannot be read, or there is none: what was not found may be listed"`
	Gaps      []string   `json:"gaps" doc:"what should have been asked and could not be"`
}

// A Screened is what is known of one address.
type Screened struct {
	Input    string    `json:"input" doc:"the address as asked for"`
	Outcome  string    `json:"outcome" doc:"what came of it; nothing-found is never clean" enum:"listed,formerly-listed,nothing-found,invalid,not-an-address"`
	Readings []Reading `json:"readings" doc:"how it reads on each chain, the one that is meant first"`
	Wallet   string    `json:"wallet,omitempty" doc:"the name of the organisation's own wallet that it belongs to"`
	Blocked  string    `json:"blocked,omitempty" doc:"why people blocked it"`
	Labels   []Label   `json:"labels" doc:"what lists say of it"`
}

// A Reading is an address on one chain.
type Reading struct {
	Chain     string `json:"chain" doc:"the chain; ethereum is every EVM chain"`
	Type      string `json:"type" doc:"p2pkh, p2wpkh, account, program ..."`
	Canonical string `json:"canonical" doc:"the one spelling by which addresses are compared"`
	Network   string `json:"network" doc:"mainnet, testnet, or which chain of a family"`
	Checksum  string `json:"checksum" doc:"what the checksum says" enum:"valid,absent,invalid"`
}

// A Label is what one list says.
type Label struct {
	Category   string `json:"category" doc:"sanction, theft, mixer, scam, ransomware, exchange ..."`
	Entity     string `json:"entity,omitempty" doc:"whose it is, as the source names it"`
	Source     string `json:"source" doc:"who says so"`
	SourceURL  string `json:"source_url,omitempty" doc:"where"`
	Date       string `json:"date,omitempty" doc:"since when"`
	Delisted   string `json:"delisted,omitempty" doc:"when the source took it back; missing while it stands"`
	Confidence string `json:"confidence,omitempty" doc:"the source's own word for how sure it is"`
	List       string `json:"list" doc:"the list's name"`
	AgeDays    int    `json:"list_age_days" doc:"days since the list was last known to be current"`
}

func screen(s *server, c *call, in ScreenRequest) (any, error) {
	out := Screening{}
	now := time.Now()
	err := s.Labels(func(store *label.Store) error {
		for _, asked := range in.Addresses {
			out.Addresses = append(out.Addresses, s.screenOne(store, asked, now))
		}
		out.Gaps = store.Stale(now)
		if len(store.Lists()) == 0 {
			out.Gaps = append(out.Gaps, noLists.In(c.lang()))
		}
		out.Stale = len(out.Gaps) > 0
		return nil
	})
	return out, err
}

var noLists = sekisho.Text{
	En: "no list was pulled or imported, only the built-in facts were asked",
	Ja: "リストが未取得のため、組み込みの情報のみと照合しました",
}

func (s *server) screenOne(store *label.Store, asked AddressRequest, now time.Time) Screened {
	read := readings(asked.Address, asked.Chain)
	bare, _ := coin.Trim(asked.Address)
	out := Screened{Input: asked.Address, Outcome: "nothing-found"}
	for _, a := range read {
		out.Readings = append(out.Readings, Reading{a.Chain, a.Type, a.Canonical, a.Network, string(a.Checksum)})
		if name, ok := s.wallets[a.Chain+" "+a.Canonical]; ok {
			out.Wallet = name
		}
		if i, ok := s.Record.Blocked(record.IndicatorAddress, a.Chain+":"+a.Canonical); ok {
			out.Blocked = i.Reason
		}
	}
	standing := false
	for _, l := range store.Look(bare, read) {
		out.Labels = append(out.Labels, Label{l.Category, l.Entity, l.Source, l.SourceURL, l.Date, l.Delisted, l.Confidence, l.List,
			max(0, int(now.Sub(l.Listed).Hours()/24))})
		standing = standing || l.Delisted == ""
	}
	switch {
	case standing:
		out.Outcome = "listed"
	case len(out.Labels) > 0:
		out.Outcome = "formerly-listed"
	case len(read) == 0:
		out.Outcome = "not-an-address"
	case read[0].Checksum == coin.Invalid:
		out.Outcome = "invalid"
	}
	return out
}

// hintedFirst puts the readings on the chain that is meant before the others.
func hintedFirst(read []coin.Address, chain string) []coin.Address {
	other := func(a coin.Address) int {
		if a.Chain == chain {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(read, func(a, b coin.Address) int { return other(a) - other(b) })
	return read
}

// walletNames returns the names of the organisation's wallets by chain and canonical address.
func walletNames(org *sekisho.Org) map[string]string {
	names := map[string]string{}
	for _, w := range org.Wallets {
		chain, _ := coin.Chain(w.Chain)
		for _, written := range w.Addresses {
			for _, a := range coin.Parse(written) {
				if a.Chain == chain {
					names[a.Chain+" "+a.Canonical] = w.Name
				}
			}
		}
	}
	return names
}
