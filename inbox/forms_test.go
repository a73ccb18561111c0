package inbox_test

// A form is an inline forward as a mail program writes it. Every one forwards the same mail: "Kaede Support", support@kaede-support.example,
// to sato@kaede-ex.jp, with the subject and words below.
type form struct {
	name     string
	text     string // text/plain
	page     string // text/html
	japanese bool
	noDate   bool
	address  string // of the sender when it is not the one above
}

const (
	attacker = "support@kaede-support.example"
	asked    = "Please confirm your wallet at https://kaede-support.example/wallet"
	remark   = "Hi team, is this one real? My own remark."
)

var forms = []form{
	{name: "gmail en", text: remark + `

---------- Forwarded message ---------
From: Kaede Support <support@kaede-support.example>
Date: Sat, Nov 21, 2026 at 10:02 AM
Subject: Urgent: confirm your wallet
To: <sato@kaede-ex.jp>


` + asked + "\n", page: `<div dir="ltr">` + remark + `<br><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>From: <strong class="gmail_sendername" dir="auto">Kaede Support</strong> <span dir="auto">&lt;<a href="mailto:support@kaede-support.example">support@kaede-support.example</a>&gt;</span><br>Date: Sat, Nov 21, 2026 at 10:02 AM<br>Subject: Urgent: confirm your wallet<br>To:  &lt;<a href="mailto:sato@kaede-ex.jp">sato@kaede-ex.jp</a>&gt;<br></div><br><br><div>Please confirm your wallet at <a href="https://kaede-support.example/wallet">https://kaede-support.example/wallet</a></div></div></div>`},
	{name: "gmail ja", japanese: true, text: `確認をお願いします。

---------- Forwarded message ---------
差出人: Kaede Support <support@kaede-support.example>
Date: 2026年11月21日(土) 10:02
Subject: Urgent: confirm your wallet
To: 佐藤 花子 <sato@kaede-ex.jp>


` + asked + "\n"},
	{name: "outlook desktop en", text: remark + `

From: Kaede Support <support@kaede-support.example>
Sent: Saturday, November 21, 2026 10:02 AM
To: Hanako Sato <sato@kaede-ex.jp>; Aoi Mori <mori@kaede-ex.jp>
Subject: Urgent: confirm your wallet
Importance: High

` + asked + "\n", page: `<html><head><style>p.MsoNormal{margin:0}</style></head><body><div class=WordSection1><p class=MsoNormal>` + remark + `<o:p></o:p></p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'><p class=MsoNormal><b>From:</b> Kaede Support &lt;support@kaede-support.example&gt; <br><b>Sent:</b> Saturday, November 21, 2026 10:02 AM<br><b>To:</b> Hanako Sato &lt;sato@kaede-ex.jp&gt;; Aoi Mori &lt;mori@kaede-ex.jp&gt;<br><b>Subject:</b> Urgent: confirm your wallet<br><b>Importance:</b> High<o:p></o:p></p></div></div><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>Please confirm your wallet at <a href="https://kaede-support.example/wallet">our page</a></p></div></body></html>`},
	{name: "outlook desktop ja", japanese: true, text: `不審なメールです。

差出人: Kaede Support <support@kaede-support.example>
送信日時: 2026年11月21日土曜日 10:02
宛先: 佐藤 花子 <sato@kaede-ex.jp>
CC: 経理部 <keiri@kaede-ex.jp>
件名: Urgent: confirm your wallet

` + asked + "\n"},
	{name: "outlook original message", text: remark + `

-----Original Message-----
From: Kaede Support [mailto:support@kaede-support.example]
Sent: Saturday, November 21, 2026 10:02 AM
To: Sato, Hanako
Subject: Urgent: confirm your wallet

` + asked + "\n"},
	{name: "outlook original message ja", japanese: true, text: `転送します。

-----元のメッセージ-----
差出人: Kaede Support <support@kaede-support.example>
送信日時: 2026/11/21 10:02
宛先: 佐藤 花子
件名: Urgent: confirm your wallet

` + asked + "\n"},
	{name: "outlook web", text: remark + `
________________________________
From: Kaede Support <support@kaede-support.example>
Sent: Saturday, November 21, 2026 10:02:03 AM
To: Hanako Sato <sato@kaede-ex.jp>
Subject: Urgent: confirm your wallet

` + asked + "\n", page: `<html><head><style type="text/css" style="display:none;"> P {margin-top:0;margin-bottom:0;} </style></head><body dir="ltr"><div class="elementToProof">` + remark + `</div><div id="appendonsend"></div><hr tabindex="-1" style="display:inline-block; width:98%"><div id="divRplyFwdMsg" dir="ltr"><span style="font-family: Calibri;"><b>From:</b>&nbsp;Kaede Support &lt;support@kaede-support.example&gt;<br><b>Sent:</b>&nbsp;Saturday, November 21, 2026 10:02:03 AM<br><b>To:</b>&nbsp;Hanako Sato &lt;sato@kaede-ex.jp&gt;<br><b>Subject:</b>&nbsp;Urgent: confirm your wallet</span><div>&nbsp;</div></div><div>Please confirm your wallet at <a href="https://kaede-support.example/wallet">this page</a></div></body></html>`},
	{name: "outlook new ja, page alone", japanese: true, page: `<html><body><div>これは本物ですか？</div><hr><div id="divRplyFwdMsg"><b>差出人:</b>&nbsp;Kaede Support &lt;support@kaede-support.example&gt;<br><b>送信日時:</b>&nbsp;2026年11月21日 10:02<br><b>宛先:</b>&nbsp;佐藤 花子 &lt;sato@kaede-ex.jp&gt;<br><b>件名:</b>&nbsp;Urgent: confirm your wallet<div>&nbsp;</div></div><p>Please confirm your wallet at <a href="https://kaede-support.example/wallet">https://kaede-support.example/wallet</a></p></body></html>`},
	{name: "outlook phone, starred", text: remark + `

*From:* Kaede Support <support@kaede-support.example>
*Sent:* 21 November 2026 10:02
*To:* Hanako Sato <sato@kaede-ex.jp>
*Subject:* Urgent: confirm your wallet

` + asked + "\n"},
	{name: "apple mail en", text: remark + `

> Begin forwarded message:
> 
> From: Kaede Support <support@kaede-support.example>
> Subject: Urgent: confirm your wallet
> Date: November 21, 2026 at 10:02:03 AM GMT+9
> To: sato@kaede-ex.jp
> 
> ` + asked + "\n", page: `<html><body>` + remark + `<br><div><br><blockquote type="cite"><div>Begin forwarded message:</div><br class="Apple-interchange-newline"><div style="margin: 0px;"><span><b>From: </b></span><span>Kaede Support &lt;<a href="mailto:support@kaede-support.example">support@kaede-support.example</a>&gt;<br></span></div><div><span><b>Subject: </b></span><span><b>Urgent: confirm your wallet</b><br></span></div><div><span><b>Date: </b></span><span>November 21, 2026 at 10:02:03 AM GMT+9<br></span></div><div><span><b>To: </b></span><span>sato@kaede-ex.jp<br></span></div><br><div><div>Please confirm your wallet at <a href="https://kaede-support.example/wallet">https://kaede-support.example/wallet</a></div></div></blockquote></div></body></html>`},
	{name: "apple mail ja", japanese: true, text: `ご確認ください

転送されたメッセージ：

差出人: Kaede Support <support@kaede-support.example>
件名: Urgent: confirm your wallet
日付: 2026年11月21日 10:02:03 JST
宛先: sato@kaede-ex.jp

` + asked + "\n"},
	{name: "thunderbird en", text: remark + `

-------- Forwarded Message --------
Subject: 	Urgent: confirm your wallet
Date: 	Sat, 21 Nov 2026 10:02:03 +0900
From: 	Kaede Support <support@kaede-support.example>
To: 	sato@kaede-ex.jp



` + asked + "\n", page: `<!DOCTYPE html><html><head></head><body><p>` + remark + `</p><div class="moz-forward-container"><br><br>-------- Forwarded Message --------<table class="moz-email-headers-table" cellspacing="0"><tbody><tr><th valign="BASELINE" align="RIGHT">Subject: </th><td>Urgent: confirm your wallet</td></tr><tr><th>Date: </th><td>Sat, 21 Nov 2026 10:02:03 +0900</td></tr><tr><th>From: </th><td>Kaede Support <a class="moz-txt-link-rfc2396E" href="mailto:support@kaede-support.example">&lt;support@kaede-support.example&gt;</a></td></tr><tr><th>To: </th><td>sato@kaede-ex.jp</td></tr></tbody></table><br><br>Please confirm your wallet at <a href="https://kaede-support.example/wallet">here</a></div></body></html>`},
	{name: "thunderbird ja", japanese: true, text: `-------- 転送メッセージ --------
件名: 	Urgent: confirm your wallet
日付: 	Sat, 21 Nov 2026 10:02:03 +0900
差出人: 	Kaede Support <support@kaede-support.example>
返信先: 	other@kaede-support.example
宛先: 	sato@kaede-ex.jp


` + asked + "\n"},
	{name: "becky", text: remark + `

----------------------- Original Message -----------------------
 From:    Kaede Support <support@kaede-support.example>
 To:      sato@kaede-ex.jp
 Date:    Sat, 21 Nov 2026 10:02:03 +0900
 Subject: Urgent: confirm your wallet
----

` + asked + "\n"},
	{name: "yahoo", text: remark + `

   ----- Forwarded Message ----- From: Kaede Support
From: Kaede Support <support@kaede-support.example>
To: sato@kaede-ex.jp
Sent: Saturday, November 21, 2026 at 10:02:03 AM GMT+9
Subject: Urgent: confirm your wallet

` + asked + "\n"},
	{name: "full width labels", japanese: true, noDate: true, text: `差出人：Kaede Support＜support@kaede-support.example＞
宛先：佐藤
日時：先週の土曜
件名：Urgent: confirm your wallet

` + asked + "\n"},
	{name: "values on lines of their own", noDate: true, text: `-------- Original Message --------
From:
Kaede Support <support@kaede-support.example>
Subject:
Urgent: confirm your wallet

` + asked + "\n"},
	{name: "no address", noDate: true, address: "-", text: `-----Original Message-----
From: Kaede Support
To: Hanako Sato
Subject: Urgent: confirm your wallet

` + asked + "\n"},
	{name: "many recipients over lines", text: remark + `

---------- Forwarded message ---------
From: Kaede Support <support@kaede-support.example>
Date: Sat, 21 Nov 2026 10:02:03 +0900
Subject: Urgent: confirm your wallet
To: Hanako Sato <sato@kaede-ex.jp>, "Mori, Aoi" <mori@kaede-ex.jp>,
Jun Hara <hara@kaede-ex.jp>
Cc: keiri@kaede-ex.jp

` + asked + "\n"},
}
