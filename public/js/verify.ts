/**
 * Checks receipts on the page /verify, in the browser alone: nothing of a receipt is sent. Without this
 * file the form does the same on the server.
 */
import { checkReceipt, type CheckedReceipt } from '../../server/ledger/receipts/check-receipt'
import { sha256 } from '../../server/ledger/receipts/primitives'
import {
  decodeLink,
  formatReceipt,
  receiptOf,
  receiptTextIn,
  type LinkedReceipt,
  type Receipt,
} from '../../server/ledger/receipts/receipt'
import { factsOf, resultOf, type ShownResult } from '../../server/ledger/receipts/show-result'
import { parseVerifierKey } from '../../server/ledger/tree/checkpoint'
import { askToday, completeLink } from './verify/ask-ledger'
import { clone, pieces, titleOf } from './verify/show'

const typingMs = 250
const handedOver = 'receipt'

const region = document.querySelector<HTMLElement>('#result')!
const form = document.querySelector<HTMLFormElement>('form[data-verify]')!
const typed = form.querySelector('textarea')!
const picked = form.querySelector<HTMLInputElement>('input[type=file]')!
const now = form.querySelector<HTMLElement>('[data-now]')!
const otherLanguage = document.querySelector<HTMLAnchorElement>('a[hreflang]')

const lang = document.documentElement.lang === 'en' ? 'en' : 'ko'
const keys = (region.dataset.keys ?? '')
  .split(' ')
  .flatMap((one) => parseVerifierKey(one, sha256) ?? [])

/** How the page follows an answer: `read` when somebody waits for it, `arrive` when the page begins with it. */
type Follow = 'stay' | 'read' | 'arrive'

/** Answers come late, so each knows whether it is still asked for. */
let newest = 0
let repeat = () => {}

function begin(again: () => void): () => boolean {
  const mine = (newest += 1)
  repeat = again
  return () => mine === newest
}

function show(result: ShownResult, follow: Follow): void {
  region.replaceChildren(...pieces(result))
  region.hidden = false
  const verdict = region.querySelector<HTMLElement>('[data-tone]')
  const words = verdict?.querySelector('h2')?.textContent ?? ''
  // Where the focus goes to the answer, it is read out there.
  now.setAttribute('aria-live', follow === 'stay' ? 'polite' : 'off')
  now.className = `verify-now verify-now--${verdict?.dataset.tone}`
  if (now.textContent !== words) now.textContent = words
  if (follow === 'stay') return
  region.focus({ preventScroll: true })
  if (follow === 'read') region.scrollIntoView({ block: 'start' })
}

function clear(): void {
  newest += 1
  region.hidden = true
  region.replaceChildren()
  now.textContent = ''
}

const factsIn = ({ receipt, index }: CheckedReceipt) =>
  receipt && factsOf(receipt, index, { lang, titleOf })

async function checkText(text: string, follow: Follow): Promise<void> {
  const isWanted = begin(() => void checkText(text, 'read'))
  const checked = checkReceipt(text, keys)
  const facts = factsIn(checked)
  show(resultOf(checked, facts, { today: 'asking' }), follow)
  const { receipt, verdict } = checked
  if (verdict !== 'right' || receipt?.proof == null) return
  const today = await askToday({ entry: receipt.entry, proof: receipt.proof }, keys)
  if (isWanted()) show(resultOf(checked, facts, { today }), 'stay')
}

async function checkLink(fragment: string, follow: Follow): Promise<void> {
  const isWanted = begin(() => void checkLink(fragment, 'read'))
  const link = decodeLink(fragment)
  const bare = link && receiptWithoutProof(link)
  if (!link || !bare) return show({ verdict: 'badLink', kind: 'filed', facts: null, parts: [] }, follow)
  const text = formatReceipt(bare)
  const checked = checkReceipt(text, keys)
  const { index } = link
  const facts = factsIn({ ...checked, index })
  typed.value = text
  if (index === null) return show(resultOf(checked, facts), follow)

  show(resultOf(checked, facts, { proof: 'asking' }), follow)
  const complete = await completeLink({ ...link, index }, keys)
  if (!isWanted()) return
  if (!complete) return show(resultOf(checked, facts, { proof: 'unreachable' }), 'stay')
  typed.value = complete.text
  show(resultOf(complete.checked, factsIn(complete.checked)), 'stay')
}

function receiptWithoutProof(link: LinkedReceipt): Receipt | null {
  try {
    return receiptOf(link, null)
  } catch {
    return null
  }
}

async function checkFile(file: File): Promise<void> {
  const isWanted = begin(() => void checkFile(file))
  const isLarge = file.size > Number(form.dataset.maxBytes)
  const text = isLarge ? '' : receiptTextIn(new Uint8Array(await file.arrayBuffer()))
  if (!isWanted()) return
  complain(isLarge ? 'tooLarge' : text === '' ? 'noReceipt' : null)
  if (text === '') return clear()
  typed.value = text
  await checkText(text, 'read')
}

/** Says under the label of the file field what is wrong with the file, as the server would. */
function complain(error: 'tooLarge' | 'noReceipt' | null): void {
  form.querySelector('#file-error')?.remove()
  picked.classList.toggle('file-input--error', error !== null)
  picked.toggleAttribute('aria-invalid', false)
  picked.setAttribute('aria-describedby', error ? 'file-hint file-error' : 'file-hint')
  if (!error) return
  picked.setAttribute('aria-invalid', 'true')
  picked.before(clone(`[data-error="${error}"]`))
  picked.focus()
}

/** An address may also end in the name of a place on the page, such as #main. */
function fragmentOfLink(): string | null {
  const fragment = location.hash.slice(1)
  return fragment === '' || document.getElementById(fragment) ? null : fragment
}

/** The other language shows the same receipt: a link stays one, a text is handed over once. */
function keepForOtherLanguage(): void {
  const fragment = fragmentOfLink()
  if (!otherLanguage) return
  otherLanguage.hash = fragment ?? ''
  otherLanguage.onclick = () => {
    if (fragment === null && typed.value !== '') sessionStorage.setItem(handedOver, typed.value)
  }
}

function takeHandedOver(): string | null {
  const text = sessionStorage.getItem(handedOver)
  sessionStorage.removeItem(handedOver)
  return text
}

/** Checks the link in the address, if there is one. */
function arrive(follow: Follow): boolean {
  keepForOtherLanguage()
  const fragment = fragmentOfLink()
  if (fragment !== null) void checkLink(fragment, follow)
  return fragment !== null
}

document.querySelector<HTMLElement>('[data-kept]')?.setAttribute('hidden', '')
document.querySelector<HTMLElement>('[data-local]')?.removeAttribute('hidden')

let pasted = false
let typing: ReturnType<typeof setTimeout> | undefined
typed.addEventListener('paste', () => (pasted = true))
typed.addEventListener('input', () => {
  const follow = pasted && checkReceipt(typed.value, keys).receipt ? 'read' : 'stay'
  pasted = false
  clearTimeout(typing)
  complain(null)
  if (typed.value.trim() === '') return clear()
  typing = setTimeout(() => void checkText(typed.value, follow), follow === 'read' ? 0 : typingMs)
})
picked.addEventListener('change', () => {
  const [file] = picked.files ?? []
  if (file) void checkFile(file)
})
form.addEventListener('submit', (event) => {
  const [file] = picked.files ?? []
  const text = typed.value
  // With nothing to check there is nothing to keep to oneself: the server says what is missing.
  if (text.trim() === '' && !file) {
    // Not at the place of a result: the focus would leave what is said to be missing.
    form.action = location.pathname
    return
  }
  event.preventDefault()
  clearTimeout(typing)
  if (text.trim() !== '') void checkText(text, 'read')
  else if (file) void checkFile(file)
})
region.addEventListener('click', (event) => {
  if (event.target instanceof Element && event.target.closest('[data-again]')) repeat()
})
window.addEventListener('hashchange', () => arrive('read'))

const handed = takeHandedOver()
if (!arrive('arrive')) {
  if (handed !== null) typed.value = handed
  if (region.hidden && typed.value.trim() !== '') void checkText(typed.value, 'arrive')
}
