import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max'

/** E.164 ("+821012345678") of a number as written in `country`, or nothing when it is none. */
export function normalisePhone(raw: string, country: CountryCode): string | undefined {
  const number = parsePhoneNumberFromString(raw.normalize('NFKC'), {
    defaultCountry: country,
    extract: false,
  })
  return number?.isValid() && !number.ext ? number.number : undefined
}

/** As people in `country` write it; numbers of elsewhere keep their country code. */
export function showPhone(e164: string, country: CountryCode): string {
  const number = parsePhoneNumberFromString(e164)
  if (!number) return e164
  return number.country === country ? number.formatNational() : number.formatInternational()
}
