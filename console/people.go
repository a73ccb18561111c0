package console

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/sekisho/sekisho/people"
)

var peopleWords = words{
	"people.title":    {En: "People", Ja: "利用者"},
	"people.under":    {En: "Who may do what here. People are never deleted, so that the record keeps saying who did what.", Ja: "誰が何をできるかを管理します。記録を保つため、利用者は削除されません。"},
	"people.stale":    {En: "Sign in again to change people and tokens.", Ja: "利用者やトークンを変更するには、再度サインインしてください。"},
	"people.name":     {En: "Name", Ja: "名前"},
	"people.role":     {En: "Role", Ja: "役割"},
	"people.seen":     {En: "Last seen", Ja: "最終利用"},
	"people.signs":    {En: "Signs in with", Ja: "サインイン方法"},
	"people.passkeys": {En: "passkeys: %d", Ja: "パスキー %d 個"},
	"people.totp":     {En: "password and code", Ja: "パスワードと確認コード"},
	"people.nothing":  {En: "nothing yet", Ja: "未設定"},
	"people.disabled": {En: "disabled", Ja: "無効"},
	"people.change":   {En: "Change", Ja: "変更"},
	"people.disable":  {En: "Disable", Ja: "無効にする"},
	"people.enable":   {En: "Enable", Ja: "有効に戻す"},
	"people.recover":  {En: "New link: what they sign in with now ends", Ja: "リンクを再発行する（現在のサインイン方法は無効になります）"},
	"people.invite":   {En: "Invite somebody", Ja: "招待する"},
	"people.invite.d": {En: "Make the link", Ja: "リンクを作成"},
	"people.link":     {En: "Give this link to %s yourself. It is shown only now and works once, within 24 hours.", Ja: "次のリンクを %s さんにお渡しください。表示は今回限りで、1 回だけ、24 時間有効です。"},
	"people.links":    {En: "Links that still work", Ja: "有効なリンク"},
	"people.withdraw": {En: "Withdraw", Ja: "取り消す"},
	"people.until":    {En: "until", Ja: "期限"},
	"people.tokens":   {En: "Tokens of the API", Ja: "API トークン"},
	"people.no-token": {En: "No program uses the API.", Ja: "API を使うプログラムはありません。"},
	"people.token":    {En: "Make a token", Ja: "トークンを作成"},
	"people.token.is": {En: "The token of %s. It is shown once.", Ja: "「%s」のトークンです。表示は今回限りです。"},
	"people.what":     {En: "What for", Ja: "用途"},
	"people.scopes":   {En: "May", Ja: "権限"},
	"people.days":     {En: "Days", Ja: "有効日数"},
	"people.revoke":   {En: "Revoke", Ja: "失効させる"},
	"people.revoked":  {En: "revoked", Ja: "失効"},
	"people.over":     {En: "expired", Ja: "期限切れ"},
	"people.wrong":    {En: "That could not be done: something is missing, or there is somebody with this address.", Ja: "処理できませんでした。入力が不足しているか、登録済みのアドレスです。"},
	"people.self":     {En: "Nobody changes their own role or disables themselves, and the last administrator stays.", Ja: "自分自身の役割変更や無効化はできません。最後の管理者も変更できません。"},
	"purpose.first":   {En: "first administrator", Ja: "最初の管理者"}, "purpose.invite": {En: "invitation", Ja: "招待"}, "purpose.recover": {En: "recovery", Ja: "再発行"},
	"scope.inspect": {En: "inspect", Ja: "検査の依頼"}, "scope.screen": {En: "screen addresses", Ja: "アドレスの照会"}, "scope.cases": {En: "read cases", Ja: "事案の閲覧"},
	"scope.decisions": {En: "decide", Ja: "判断の記録"}, "scope.indicators": {En: "read indicators", Ja: "指標の閲覧"}, "scope.intel": {En: "read the lists' state", Ja: "リスト状態の閲覧"}, "scope.originals": {En: "read held mail", Ja: "保留メールの原本の閲覧"}, "scope.jobs": {En: "ask for jobs", Ja: "ジョブの依頼"}, "scope.log": {En: "read the audit log", Ja: "監査ログの閲覧"},
	"done.person":  {En: "Changed.", Ja: "変更しました。"},
	"done.revoked": {En: "Revoked.", Ja: "失効させました。"},
}

// A peopleNews is what one request brings to the page: a link or token that is shown once, or what was wrong.
type peopleNews struct{ Link, Token, Name, Wrong string }

func (c *Console) people(w http.ResponseWriter, r *http.Request, me *visitor) error {
	return c.showPeople(w, r, me, peopleNews{})
}

func (c *Console) showPeople(w http.ResponseWriter, r *http.Request, me *visitor, news peopleNews) error {
	ctx := r.Context()
	all, err := c.People.People(ctx, me.Session)
	if err != nil {
		return err
	}
	tokens, err := c.People.Tokens(ctx, me.Session)
	if err != nil {
		return err
	}
	links, err := c.People.Links(ctx, me.Session)
	if err != nil && !errors.Is(err, people.ErrStale) { // then they are not shown
		return err
	}
	names, err := c.People.Names(ctx)
	if err != nil {
		return err
	}
	status := 0
	if news.Wrong != "" {
		status = http.StatusBadRequest
	}
	c.show(w, r, page{name: "people", nav: "people", status: status, title: c.words.in(c.lang(r), "people.title"), data: map[string]any{
		"People": all, "Links": links, "Tokens": tokens, "Names": names, "News": news, "Stale": !me.Fresh,
		"Roles": people.Roles(), "Scopes": people.Scopes(), "Now": c.now(), "Lang": c.lang(r),
	}})
	return nil
}

// refused turns what people refuse into words on the page; other errors are returned.
func refused(err error) (wrong string, rest error) {
	switch {
	case errors.Is(err, people.ErrSelf), errors.Is(err, people.ErrLast):
		return "people.self", nil
	case errors.Is(err, people.ErrInvalid), errors.Is(err, people.ErrConflict), errors.Is(err, people.ErrNotFound):
		return "people.wrong", nil
	default:
		return "", err
	}
}

func (c *Console) invite(w http.ResponseWriter, r *http.Request, me *visitor) error {
	i := people.Invitation{Name: r.PostFormValue("name"), Mail: r.PostFormValue("mail"), Role: people.Role(r.PostFormValue("role")), Lang: r.PostFormValue("lang")}
	secret, err := c.People.Invite(r.Context(), me.Session, i)
	return c.linked(w, r, me, linkMade{secret, i.Name, err})
}

type linkMade struct {
	secret, name string
	err          error
}

// linked shows a link that was made, once.
func (c *Console) linked(w http.ResponseWriter, r *http.Request, me *visitor, made linkMade) error {
	wrong, err := refused(made.err)
	if err != nil {
		return err
	}
	news := peopleNews{Wrong: wrong, Name: made.name}
	if made.err == nil {
		news.Link = c.JoinURL(made.secret)
	}
	return c.showPeople(w, r, me, news)
}

func (c *Console) changePerson(w http.ResponseWriter, r *http.Request, me *visitor) error {
	ctx, id := r.Context(), r.PathValue("id")
	var err error
	switch r.PostFormValue("do") {
	case "role":
		err = c.People.SetRole(ctx, me.Session, id, people.Role(r.PostFormValue("role")))
	case "disable":
		err = c.People.Disable(ctx, me.Session, id)
	case "enable":
		err = c.People.Enable(ctx, me.Session, id)
	case "recover":
		person, missing := c.People.Person(ctx, id)
		if missing != nil {
			return missing
		}
		secret, err := c.People.Recover(ctx, me.Session, id)
		return c.linked(w, r, me, linkMade{secret, person.Name, err})
	default:
		return errBad
	}
	return c.changed(w, r, me, err)
}

// changed goes back to the page, or says what was wrong.
func (c *Console) changed(w http.ResponseWriter, r *http.Request, me *visitor, err error) error {
	wrong, err := refused(err)
	if err != nil {
		return err
	}
	if wrong != "" {
		return c.showPeople(w, r, me, peopleNews{Wrong: wrong})
	}
	http.Redirect(w, r, "/people?done=person", http.StatusSeeOther)
	return nil
}

func (c *Console) withdrawLink(w http.ResponseWriter, r *http.Request, me *visitor) error {
	return c.changed(w, r, me, c.People.Withdraw(r.Context(), me.Session, r.PostFormValue("id")))
}

func (c *Console) makeToken(w http.ResponseWriter, r *http.Request, me *visitor) error {
	n := people.NewToken{Name: r.PostFormValue("name")}
	for _, scope := range r.PostForm["scope"] {
		n.Scopes = append(n.Scopes, people.Scope(scope))
	}
	if lasts, err := strconv.Atoi(r.PostFormValue("days")); err == nil && lasts > 0 && lasts <= 366 {
		n.Lasts = time.Duration(lasts) * 24 * time.Hour
	}
	token, secret, err := c.People.MakeToken(r.Context(), me.Session, n)
	wrong, err := refused(err)
	if err != nil {
		return err
	}
	return c.showPeople(w, r, me, peopleNews{Token: secret, Name: token.Name, Wrong: wrong})
}

func (c *Console) revokeToken(w http.ResponseWriter, r *http.Request, me *visitor) error {
	return c.changed(w, r, me, c.People.RevokeToken(r.Context(), me.Session, r.PathValue("id")))
}
