// Moves through tables by keyboard and speaks with passkeys. Everything else works without it.
"use strict";

let picked = -1;

function rows() { return [...document.querySelectorAll("table[data-rows] tbody tr")]; }

function pick(step) {
  const all = rows();
  if (!all.length) return;
  if (picked >= 0 && all[picked]) all[picked].removeAttribute("aria-selected");
  picked = Math.max(0, Math.min(all.length - 1, picked + step));
  all[picked].setAttribute("aria-selected", "true");
  all[picked].scrollIntoView({ block: "nearest" });
  all[picked].querySelector("a")?.focus({ preventScroll: true });
}

function help() {
  const dialog = document.getElementById("help");
  if (dialog && !dialog.open) dialog.showModal();
}

let going = 0;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.target.closest("input, textarea, select, dialog")) return;
  const key = event.key;
  if (going && Date.now() - going < 1500) {
    going = 0;
    const link = /^[a-z]$/.test(key) && document.querySelector(`[data-go="${key}"]`);
    if (link) { event.preventDefault(); link.click(); }
    return;
  }
  switch (key) {
    case "j": pick(1); break;
    case "k": pick(-1); break;
    case "o": rows()[picked]?.querySelector("a.name, a")?.click(); break;
    case "g": going = Date.now(); break;
    case "/": document.querySelector("[data-key='/']")?.focus(); break;
    case "?": help(); break;
    default: return;
  }
  event.preventDefault();
});

for (const button of document.querySelectorAll("[data-help]")) {
  button.hidden = false;
  button.addEventListener("click", help);
}

async function post(url, body, headers) {
  const response = await fetch(url, { method: "POST", body, headers, credentials: "same-origin", redirect: "error" });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

async function ceremony(button) {
  const making = button.dataset.passkey !== "sign-in";
  const headers = button.dataset.form ? { "X-Form": button.dataset.form } : {};
  const form = making && button.form ? new URLSearchParams(new FormData(button.form)) : undefined;
  const begun = await post(button.dataset.begin, form, headers);
  const options = begun.options.publicKey;
  let credential;
  try {
    credential = making
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  } catch {
    throw new Error(button.dataset.cancelled);
  }
  const end = new URL(button.dataset.finish, location.origin);
  end.searchParams.set("ceremony", begun.ceremony);
  const answer = await post(end, JSON.stringify(credential.toJSON()), { ...headers, "Content-Type": "application/json" });
  location.assign(answer.to);
}

for (const button of document.querySelectorAll("[data-passkey]")) {
  button.hidden = false;
  const error = document.querySelector("[data-error]");
  button.addEventListener("click", async () => {
    error.hidden = true;
    if (button.form && !button.form.reportValidity()) return;
    button.disabled = true;
    try {
      if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) throw new Error(button.dataset.old);
      await ceremony(button);
    } catch (problem) {
      error.textContent = problem.message;
      error.hidden = false;
      button.disabled = false;
    }
  });
}
