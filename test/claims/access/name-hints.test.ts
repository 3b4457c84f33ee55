import { emailHint, nameHint } from '../../../server/claims/access/name-hints'

test.each([
  ['김민서', '김•서'],
  ['김 민서', '김•서'],
  ['남궁민수', '남••수'],
  ['이산', '이•'],
  ['金珉序', '金•序'],
  ['Minjun Kim', 'M••• K•••'],
  ['O', 'O•••'],
])('%s is shown as %s', (name, hint) => {
  expect(nameHint(name)).toBe(hint)
})

test('an address keeps its first letter and its domain', () => {
  expect(emailHint('kim.minseo@naver.com')).toBe('k•••@naver.com')
})
