package feed

import (
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
)

// digital introduces an address in OFAC's remarks and the names of its features.
const digital = "Digital Currency Address - "

// readOFACCSV reads sdn.csv: no header, the name in the second column, addresses in the remarks, the last one:
// "Digital Currency Address - XBT 12Q...; alt. Digital Currency Address - ETH 0x...;".
func readOFACCSV(in *input, add func(item) error) error {
	r := csv.NewReader(in)
	r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = -1, true, true
	rows := 0
	for {
		in.next()
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return malformed(fmt.Sprintf("row %d", rows+1), err)
		}
		if len(row) == 1 && strings.Trim(row[0], "\x1A ") == "" {
			continue // the end-of-file mark of DOS
		}
		rows++
		if len(row) < 2 {
			return fmt.Errorf("%w: row %d has %d columns, want OFAC's twelve", sekisho.ErrMalformed, rows, len(row))
		}
		name := "entry " + row[0]
		if len(row) >= 12 {
			name = row[1]
		}
		for rest := row[len(row)-1]; ; {
			_, after, ok := strings.Cut(rest, digital)
			if !ok {
				break
			}
			rest = after
			fields := strings.Fields(after)
			if len(fields) < 2 {
				continue
			}
			i := item{chain: fields[0], address: strings.TrimRight(fields[1], ";.,"), category: "sanction"}
			i.label.Entity = name
			if err := add(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// entry is an entry of sdn.xml.
type entry struct {
	First    string   `xml:"firstName"`
	Last     string   `xml:"lastName"`
	Programs []string `xml:"programList>program"`
	IDs      []struct {
		Type   string `xml:"idType"`
		Number string `xml:"idNumber"`
	} `xml:"idList>id"`
}

// party is a party of sdn_advanced.xml.
type party struct {
	Profiles []struct {
		Identities []struct {
			Aliases []struct {
				Primary bool `xml:"Primary,attr"`
				Names   []struct {
					Parts []string `xml:"DocumentedNamePart>NamePartValue"`
				} `xml:"DocumentedName"`
			} `xml:"Alias"`
		} `xml:"Identity"`
		Features []struct {
			Type   string   `xml:"FeatureTypeID,attr"`
			Values []string `xml:"FeatureVersion>VersionDetail"`
		} `xml:"Feature"`
	} `xml:"Profile"`
}

// An ofacReader reads both XML forms of the SDN list.
type ofacReader struct {
	in     *input
	dec    *xml.Decoder
	add    func(item) error
	assets map[string]string // currency by feature type
	known  bool              // an element of either form was met
}

// readOFACXML reads sdn.xml and sdn_advanced.xml, entry by entry.
func readOFACXML(in *input, add func(item) error) error {
	r := ofacReader{in: in, dec: xml.NewDecoder(in), add: add, assets: map[string]string{}}
	for {
		in.next()
		token, err := r.dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return malformed(fmt.Sprintf("byte %d", r.dec.InputOffset()), err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if err := r.element(start); err != nil {
			return err
		}
	}
	if !r.known {
		return fmt.Errorf("%w: it is XML, but no SDN list", sekisho.ErrMalformed)
	}
	return nil
}

func (r *ofacReader) element(start xml.StartElement) error {
	switch start.Name.Local {
	case "sdnEntry":
		r.known = true
		var e entry
		if err := r.decode(&e, start); err != nil {
			return err
		}
		return r.entry(e)
	case "DistinctParty":
		r.known = true
		var p party
		if err := r.decode(&p, start); err != nil {
			return err
		}
		return r.party(p)
	case "FeatureType":
		var name string
		if err := r.decode(&name, start); err != nil {
			return err
		}
		if asset, ok := strings.CutPrefix(strings.TrimSpace(name), digital); ok {
			for _, a := range start.Attr {
				if a.Name.Local == "ID" {
					r.assets[a.Value] = asset
				}
			}
		}
	case "Publish_Date":
		var date string
		if err := r.decode(&date, start); err != nil {
			return err
		}
		r.in.published, _ = time.Parse("01/02/2006", strings.TrimSpace(date))
	case "DateOfIssue":
		var d struct{ Year, Month, Day int }
		if err := r.decode(&d, start); err != nil {
			return err
		}
		r.in.published = time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
	}
	return nil
}

func (r *ofacReader) decode(v any, start xml.StartElement) error {
	if err := r.dec.DecodeElement(v, &start); err != nil {
		return malformed(fmt.Sprintf("%s before byte %d", start.Name.Local, r.dec.InputOffset()), err)
	}
	return nil
}

func (r *ofacReader) entry(e entry) error {
	for _, id := range e.IDs {
		asset, ok := strings.CutPrefix(strings.TrimSpace(id.Type), digital)
		if !ok {
			continue
		}
		i := item{chain: asset, address: id.Number, category: "sanction"}
		i.label.Entity = strings.TrimSpace(e.First + " " + e.Last)
		if err := r.add(i); err != nil {
			return err
		}
	}
	return nil
}

func (r *ofacReader) party(p party) error {
	name := ""
	for _, profile := range p.Profiles {
		for _, identity := range profile.Identities {
			for _, alias := range identity.Aliases {
				if (name == "" || alias.Primary) && len(alias.Names) > 0 {
					name = strings.Join(alias.Names[0].Parts, " ")
				}
			}
		}
		for _, feature := range profile.Features {
			asset, ok := r.assets[feature.Type]
			if !ok {
				continue
			}
			for _, value := range feature.Values {
				i := item{chain: asset, address: value, category: "sanction"}
				i.label.Entity = name
				if err := r.add(i); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
