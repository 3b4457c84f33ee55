import fc from 'fast-check'
import { newClaimNumber, parseClaimNumber } from '../../server/claims/claim-number'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

test('a claim number reads back however it is typed', () => {
  const number = newClaimNumber()
  expect(number).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$/)
  const sloppy = ` ${number.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `
  expect(parseClaimNumber(sloppy)).toBe(number)
})

test('one wrong character is always noticed', () => {
  fc.assert(
    fc.property(fc.nat(11), fc.nat(31), (place, value) => {
      const characters = Array.from(newClaimNumber().replaceAll('-', ''))
      fc.pre(characters[place] !== alphabet[value])
      characters[place] = alphabet[value]!
      expect(parseClaimNumber(characters.join(''))).toBeNull()
    }),
  )
})

test('two characters exchanged are always noticed', () => {
  fc.assert(
    fc.property(fc.nat(11), fc.nat(11), (one, other) => {
      const characters = Array.from(newClaimNumber().replaceAll('-', ''))
      fc.pre(characters[one] !== characters[other])
      ;[characters[one], characters[other]] = [characters[other]!, characters[one]!]
      expect(parseClaimNumber(characters.join(''))).toBeNull()
    }),
  )
})
