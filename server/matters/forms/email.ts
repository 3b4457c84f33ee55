import { domainToASCII } from 'node:url'

/** RFC 5321: 64 octets before the @, 254 in all. */
const longest = { local: 64, all: 254 }
const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
/** Half-typed Hangul stands in no domain: "com" typed with the keyboard still on Korean. */
const halfTyped = /[\u1100-\u11ff\u3131-\u318e]/
const domainPart = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/

/**
 * The address as mail is sent to it: trimmed, full-width letters made plain, domain in lower case
 * (punycode for Korean domains). The part before the @ keeps its case. Nothing when mail could not
 * be sent there; quoted and bracketed forms are refused, so no header can be smuggled in.
 */
export function normaliseEmail(raw: string): string | undefined {
  const text = raw.normalize('NFKC').trim()
  const at = text.lastIndexOf('@')
  if (at < 1) return undefined
  const local = text.slice(0, at)
  if (halfTyped.test(text)) return undefined
  const domain = domainToASCII(text.slice(at + 1).toLowerCase())
  if (local.length > longest.local || !localPart.test(local) || !domainPart.test(domain)) {
    return undefined
  }
  const address = `${local}@${domain}`
  return address.length <= longest.all ? address : undefined
}

const usual = [
  'naver.com',
  'gmail.com',
  'hanmail.net',
  'daum.net',
  'kakao.com',
  'nate.com',
  'icloud.com',
  'outlook.com',
  'hotmail.com',
  'yahoo.com',
]

/** Of these no other ending is anybody's mail: naver.net, hanmail.com. */
const oneEnding = ['naver', 'gmail', 'hanmail', 'daum', 'kakao', 'nate', 'icloud']
const nameOf = (domain: string) => domain.split('.')[0]!

/** "kim@gmial.com" → "kim@gmail.com": a usual domain one slip away. Offered, never imposed. */
export function suggestEmail(address: string): string | undefined {
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1)
  if (at < 1 || usual.includes(domain)) return undefined
  const name = nameOf(domain)
  const near =
    usual.find((one) => oneSlipApart(domain, one)) ??
    usual.find((one) => oneEnding.includes(name) && nameOf(one) === name)
  return near ? `${address.slice(0, at)}@${near}` : undefined
}

/**
 * What was probably meant by something that is no address: a comma for the dot, a space, an ending left out, an @
 * left out before a usual domain. Offered with what is wrong, never taken by itself.
 */
export function mendEmail(raw: string): string | undefined {
  const text = raw
    .normalize('NFKC')
    .replace(/\s+/g, '')
    .replace(/^mailto:|^<|>$|[.,;]+$/gi, '')
    .replace(/@{2,}/g, '@')
    .replace(/[.,]{2,}|,/g, '.')
    .replace(/\.채\u1173$/, '.com')
    .replace(/\.\u116e\u1103\u1109$/, '.net')
  const at = text.lastIndexOf('@')
  if (at === -1) {
    const domain = usual.find((one) => text.toLowerCase().endsWith(one))
    const local = domain && text.slice(0, -domain.length).replace(/[^A-Za-z0-9]$|2$/, '')
    return local ? normaliseEmail(`${local}@${domain}`) : undefined
  }
  // Two addresses in one field are not one with a slip.
  if (text.indexOf('@') !== at) return undefined
  const local = text.slice(0, at).replace(/\.+$/, '')
  const domain = text.slice(at + 1).toLowerCase()
  const whole = domain.includes('.')
    ? domain
    : usual.find((one) => nameOf(one) === domain || one.replace('.', '') === domain)
  const mended = whole === undefined ? undefined : normaliseEmail(`${local}@${whole}`)
  return mended && (suggestEmail(mended) ?? mended)
}

/** One letter missing, added or changed, or two neighbours swapped. */
function oneSlipApart(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false
  let i = 0
  while (i < a.length && a[i] === b[i]) i++
  const restA = a.slice(i)
  const restB = b.slice(i)
  return (
    restA.slice(1) === restB.slice(1) ||
    restA.slice(1) === restB ||
    restA === restB.slice(1) ||
    (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
  )
}
