import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max'
import { dashes } from './text'

/** E.164 ("+821012345678") of a number as written in `country`, or nothing when it is none. */
export function normalisePhone(raw: string, country: CountryCode): string | undefined {
  // ㅡ is what the hyphen's key gives on a Korean keyboard, and O what a hasty thumb takes for 0.
  const plain = raw
    .normalize('NFKC')
    .replace(dashes, '-')
    .replace(/[\u1173~_,]/g, '-')
    .trim()
  const text = /^[\doO\s().+-]+$/.test(plain) ? plain.replace(/o/gi, '0') : plain
  return read(text, country) ?? read(text.replace(/^00(?=[1-9])/, '+'), country)
}

function read(text: string, country: CountryCode): string | undefined {
  const found = parsePhoneNumberFromString(text, { defaultCountry: country, extract: false })
  if (!found?.isValid() || found.ext) return undefined
  // Mobile numbers beginning with 010 have had eight digits after it since they began; one is missing here.
  return /^\+8210\d{7}$/.test(found.number) ? undefined : found.number
}

/** As people in `country` write it; numbers of elsewhere keep their country code. */
export function showPhone(e164: string, country: CountryCode): string {
  const number = parsePhoneNumberFromString(e164)
  if (!number) return e164
  return number.country === country ? number.formatNational() : number.formatInternational()
}
