package console

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/sekisho/sekisho/dossier"
	"github.com/sekisho/sekisho/people"
)

var exportWords = words{
	"export":           {En: "Package for the police", Ja: "警察提出用の証拠資料"},
	"export.how":       {En: "A zip that is read without Sekisho: what was seen and decided, the indicators, and proofs that nothing of the log was changed. That you made it is noted.", Ja: "関所がなくても読める zip ファイルです。判定と判断、指標、記録が改ざんされていないことの証明を含みます。作成したことは監査ログに残ります。"},
	"export.originals": {En: "with the original mails that are still kept", Ja: "保管中のメール原本を含める"},
	"export.do":        {En: "Make and save it", Ja: "作成して保存"},
}

// export makes the package of a case and sends it once it is whole, so that what arrives is never part of one.
func (c *Console) export(w http.ResponseWriter, r *http.Request, me *visitor) error {
	originals := r.PostFormValue("originals") != ""
	if originals && !me.May(people.RightOriginal) {
		return people.ErrForbidden
	}
	names, err := c.People.Names(r.Context())
	if err != nil {
		return err
	}
	file, err := os.CreateTemp("", "sekisho-export-*")
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer func() { _ = errors.Join(file.Close(), os.Remove(file.Name())) }() // it was sent, or will not be
	id := r.PathValue("id")
	request := dossier.Request{Case: id, By: me.Person.ID, Originals: originals, Names: names}
	if err := request.Write(r.Context(), c.Record, file); err != nil {
		return err
	}
	size, err := file.Seek(0, io.SeekCurrent)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", "attachment; filename=\"case-"+id+".zip\"") // IDs of cases are letters and digits
	w.Header().Set("Content-Length", fmt.Sprint(size))
	_, _ = io.Copy(w, file) // who went away is not told
	return nil
}
