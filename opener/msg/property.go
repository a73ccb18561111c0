package msg

import (
	"encoding/binary"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/charset"
)

// The properties that are read (MS-OXPROPS).
const (
	propSubject          = 0x0037
	propSubmitTime       = 0x0039
	propRepresentingName = 0x0042
	propRepresentingMail = 0x0065
	propHeaders          = 0x007D
	propRecipientType    = 0x0C15
	propSenderName       = 0x0C1A
	propSenderMail       = 0x0C1F
	propDeliveryTime     = 0x0E06
	propBody             = 0x1000
	propCompressedRTF    = 0x1009
	propHTML             = 0x1013
	propMessageID        = 0x1035
	propInReplyTo        = 0x1042
	propDisplayName      = 0x3001
	propMail             = 0x3003
	propData             = 0x3701
	propFilename         = 0x3704
	propMethod           = 0x3705
	propLongFilename     = 0x3707
	propPath             = 0x3708
	propLongPath         = 0x370D
	propMimeTag          = 0x370E
	propContentID        = 0x3712
	propInternetCodepage = 0x3FDE
	propMessageCodepage  = 0x3FFD
	propSMTP             = 0x39FE
	propSenderSMTP       = 0x5D01
	propRepresentingSMTP = 0x5D02
	propFirstNamed       = 0x8000
	typeInteger          = 0x0003
	typeString           = 0x001E
	typeUnicode          = 0x001F
	typeBinary           = 0x0102
	typeObject           = 0x000D
	propertyStream       = "__properties_version1.0"
	headerMessage        = 32 // bytes before the properties of the outermost mail (MS-OXMSG §2.4.1)
	headerInner          = 24 // of one inside
	headerOther          = 8  // of recipients and attachments
	windowsToUnix        = 116444736000000000
	intervals            = 10_000_000
	mostFixed            = 5000
)

func streamName(id, kind uint16) string { return fmt.Sprintf("__substg1.0_%04X%04X", id, kind) }

// text returns a property of text, "" when there is none.
func (r *reading) text(folder string, ids ...uint16) string {
	for _, id := range ids {
		if data := r.stream(folder, streamName(id, typeUnicode)); len(data) > 0 {
			text, _ := charset.Decode("utf-16le", data)
			return strings.TrimRight(text, "\x00")
		}
		if data := r.stream(folder, streamName(id, typeString)); len(data) > 0 {
			text, _ := charset.Decode(label(r.fixed("", headerMessage, propMessageCodepage)), data)
			return strings.TrimRight(text, "\x00")
		}
	}
	return ""
}

func (r *reading) binary(folder string, id uint16) []byte {
	return r.stream(folder, streamName(id, typeBinary))
}

// fixed returns a property of at most eight bytes (MS-OXMSG §2.4.2), 0 when there is none.
func (r *reading) fixed(folder string, header int, id uint16) uint64 {
	data := r.stream(folder, propertyStream)
	r.left += int64(len(data)) // read again for each property
	if len(data) < header {
		return 0
	}
	data = data[header:]
	for n := 0; len(data) >= 16 && n < mostFixed; n++ {
		if binary.LittleEndian.Uint16(data[2:]) == id {
			return binary.LittleEndian.Uint64(data[8:])
		}
		data = data[16:]
	}
	return 0
}

// when returns a time, zero when there is none.
func (r *reading) when(folder string, header int, ids ...uint16) time.Time {
	for _, id := range ids {
		if ticks := r.fixed(folder, header, id); ticks > windowsToUnix && ticks < 1<<62 {
			return time.Unix(int64((ticks-windowsToUnix)/intervals), 0).UTC()
		}
	}
	return time.Time{}
}

// label returns the charset of a Windows code page, "" for none.
func label(codepage uint64) string {
	switch n := uint32(codepage); {
	case n == 0 || n == 20127:
		return ""
	case n == 65001:
		return "utf-8"
	case n >= 28591 && n <= 28605:
		return "iso-8859-" + strconv.Itoa(int(n-28590))
	case n == 50220 || n == 50221 || n == 50222:
		return "iso-2022-jp"
	case n == 51932 || n == 20932:
		return "euc-jp"
	case n == 20866:
		return "koi8-r"
	case n == 54936:
		return "gb18030"
	default:
		return "cp" + strconv.Itoa(int(n))
	}
}

// outside states the named properties that hold a path to another machine: Outlook fetches the sound of a reminder, and
// signs in to do so (CVE-2023-23397).
func (r *reading) outside(folder string) {
	var names []string
	for name := range r.folder(folder).streams {
		if len(name) == len("__substg1.0_00000000") && strings.HasSuffix(name, "001f") && name[12] >= '8' {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	for _, name := range names {
		data := r.stream(folder, name)
		text, _ := charset.Decode("utf-16le", data[:min(len(data), 2048)])
		if strings.HasPrefix(text, `\\`) && len(r.form.Document.References) < 50 {
			r.form.Document.References = append(r.form.Document.References, sekisho.Reference{Kind: "media", Target: strings.TrimRight(text, "\x00")})
		}
	}
}
