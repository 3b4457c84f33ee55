/**
 * Passkeys, where the browser has them: fills what the browser signs into the form that asked, and sends
 * it like any other. Without this file there are the codes of an app.
 */
import {
  browserSupportsWebAuthn,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser'

async function sign(form: HTMLFormElement): Promise<unknown> {
  const optionsJSON = JSON.parse(form.dataset.options ?? '') as never
  return form.dataset.passkey === 'make'
    ? startRegistration({ optionsJSON })
    : startAuthentication({ optionsJSON })
}

function offer(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLInputElement>('[data-passkey-field]')!
  const failed = form.querySelector<HTMLElement>('[data-passkey-failed]')!
  let busy = false
  form.addEventListener('submit', (event) => {
    if (field.value !== '') return
    event.preventDefault()
    if (busy) return
    busy = true
    failed.hidden = true
    sign(form)
      .then((signed) => {
        field.value = JSON.stringify(signed)
        form.submit()
      })
      .catch(() => {
        // Called off, timed out, or none for this site: the browser has said so itself.
        busy = false
        failed.hidden = false
      })
  })
  form.hidden = false
  form.closest<HTMLElement>('[data-passkey-card]')?.removeAttribute('hidden')
}

if (browserSupportsWebAuthn()) {
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-passkey]')) offer(form)
}
