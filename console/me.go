package console

import (
	"errors"
	"net/http"

	"github.com/sekisho/sekisho/people"
)

var meWords = words{
	"me.title":      {En: "Your account", Ja: "アカウント"},
	"me.lang":       {En: "Language", Ja: "言語"},
	"me.save":       {En: "Save", Ja: "保存"},
	"me.passkeys":   {En: "Passkeys", Ja: "パスキー"},
	"me.two":        {En: "A second passkey on another device lets you in when the first is lost.", Ja: "別の端末にもう 1 つ登録しておくと、紛失時にもサインインできます。"},
	"me.totp":       {En: "You sign in with a password and a code. A passkey is safer and ends the password.", Ja: "現在はパスワードと確認コードでサインインしています。パスキーを追加すると、より安全になり、パスワードは無効になります。"},
	"me.passkey":    {En: "Passkey", Ja: "パスキー"},
	"me.added":      {En: "added", Ja: "追加"},
	"me.used":       {En: "used", Ja: "最終利用"},
	"me.synced":     {En: "synced", Ja: "同期済み"},
	"me.remove":     {En: "Remove", Ja: "削除"},
	"me.name":       {En: "Name of the device", Ja: "端末名"},
	"me.add":        {En: "Add a passkey", Ja: "パスキーを追加"},
	"me.stale":      {En: "Sign in again to change passkeys.", Ja: "パスキーを変更するには、再度サインインしてください。"},
	"me.sessions":   {En: "Where you are signed in", Ja: "サインイン中の端末"},
	"me.this":       {En: "this browser", Ja: "このブラウザー"},
	"me.end":        {En: "Sign out", Ja: "サインアウト"},
	"me.end.all":    {En: "Sign out everywhere", Ja: "すべての端末でサインアウト"},
	"me.last":       {En: "The last passkey stays: add another one first.", Ja: "最後のパスキーは削除できません。先に別のパスキーを追加してください。"},
	"done.language": {En: "Saved.", Ja: "保存しました。"},
	"done.removed":  {En: "Removed.", Ja: "削除しました。"},
	"done.ended":    {En: "Signed out there.", Ja: "サインアウトしました。"},
}

func (c *Console) me(w http.ResponseWriter, r *http.Request, me *visitor) error {
	return c.showMe(w, r, me, "")
}

func (c *Console) showMe(w http.ResponseWriter, r *http.Request, me *visitor, wrong string) error {
	passkeys, err := c.People.Passkeys(r.Context(), me.Session)
	if err != nil {
		return err
	}
	sessions, err := c.People.Sessions(r.Context(), me.Session)
	if err != nil {
		return err
	}
	status := 0
	if wrong != "" {
		status = http.StatusBadRequest
	}
	c.show(w, r, page{name: "me", status: status, title: c.words.in(c.lang(r), "me.title"), data: map[string]any{
		"Passkeys": passkeys, "Sessions": sessions, "Person": me.Person, "Stale": !me.Fresh, "Wrong": wrong, "This": me.ID, "Lang": c.lang(r),
	}})
	return nil
}

func (c *Console) setLanguage(w http.ResponseWriter, r *http.Request, me *visitor) error {
	if err := c.People.SetLang(r.Context(), me.Session, r.PostFormValue("lang")); err != nil {
		return errors.Join(errBad, err)
	}
	done(w, r, "language")
	return nil
}

func (c *Console) endSession(w http.ResponseWriter, r *http.Request, me *visitor) error {
	if r.PostFormValue("id") == "" {
		if err := c.People.SignOutEverywhere(r.Context(), me.Session); err != nil {
			return err
		}
		c.setCookie(w, "")
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return nil
	}
	if err := c.People.SignOut(r.Context(), me.Session, r.PostFormValue("id")); err != nil {
		return err
	}
	done(w, r, "ended")
	return nil
}

func (c *Console) beginPasskey(w http.ResponseWriter, r *http.Request, me *visitor) error {
	ceremony, err := c.People.BeginPasskey(r.Context(), me.Session, r.PostFormValue("name"))
	c.reply(w, r, ceremony, err)
	return nil
}

func (c *Console) finishPasskey(w http.ResponseWriter, r *http.Request, me *visitor) error {
	err := c.People.FinishPasskey(r.Context(), me.Session, r.URL.Query().Get("ceremony"), r.Body)
	c.reply(w, r, map[string]string{"to": "/me"}, err)
	return nil
}

func (c *Console) removePasskey(w http.ResponseWriter, r *http.Request, me *visitor) error {
	err := c.People.RemovePasskey(r.Context(), me.Session, r.PostFormValue("id"))
	switch {
	case errors.Is(err, people.ErrLast):
		return c.showMe(w, r, me, "me.last")
	case err != nil:
		return err
	}
	done(w, r, "removed")
	return nil
}
