import { localPath } from '../../server/web/local-path'

test.each(['/', '/queue', '/queue?state=in_review&page=2', '/a/%2F'])(
  '%s stays on this site',
  (path) => {
    expect(localPath(path)).toBe(path)
  },
)

test.each([
  '//evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  '/ok\\..\\evil',
  'https://evil.example',
  'javascript:alert(1)',
  '',
  undefined,
  ['/a'],
])('%p does not', (path) => {
  expect(localPath(path, '/queue')).toBe('/queue')
})
