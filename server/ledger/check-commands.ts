/** What the page offers to run, filled in: with tools that know nothing of this program. */
export interface CheckCommands {
  signature: string
  entry: string
  tree: string
}

/**
 * `url` is the address of the published files, `pem` the key to check with. The signature and the entry
 * take a POSIX shell, curl and OpenSSL 3; the tree takes Python 3 and nothing else.
 */
export function checkCommands({ url, pem }: { url: string; pem: string }): CheckCommands {
  return {
    signature: `log='${url}'
curl -fsS "$log/checkpoint" > note
sed '/^$/,$d' note > text
grep '^— ' note | head -n 1 | cut -d ' ' -f 3 | openssl base64 -d -A | tail -c 64 > signature
cat > key.pem <<END
${pem}END
openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in text -sigfile signature
`,
    entry: `log='${url}'
size=$(curl -fsS "$log/checkpoint" | sed -n 2p)
if [ "$size" -lt 256 ]; then tile="000.p/$size"; else tile=000; fi
curl -fsS "$log/tile/entries/$tile" > entries
length=$((0x$(head -c 2 entries | od -An -tx1 | tr -d ' \\n')))
tail -c +3 entries | head -c "$length" > entry
cat entry; echo
{ printf '\\0'; cat entry; } | openssl dgst -sha256 -r | cut -c 1-64
curl -fsS "$log/tile/0/$tile" > hashes
head -c 32 hashes | od -An -tx1 | tr -d ' \\n'; echo
`,
    tree: `import base64, hashlib, urllib.request

log = '${url}'

def fetch(path):
    with urllib.request.urlopen(f'{log}/{path}') as answer:
        return answer.read()

def sha256(*parts):
    return hashlib.sha256(b''.join(parts)).digest()

def number(tile):
    digits = str(tile)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at:at + 3] for at in range(0, len(digits), 3)]
    return '/'.join(['x' + one for one in groups[:-1]] + groups[-1:])

origin, size, root = fetch('checkpoint').decode().split('\\n')[:3]
size = int(size)
subtrees = []
for tile in range((size + 255) // 256):
    width = min(256, size - 256 * tile)
    part = '' if width == 256 else f'.p/{width}'
    entries = fetch(f'tile/entries/{number(tile)}{part}')
    while entries:
        length = int.from_bytes(entries[:2], 'big')
        height, node = 0, sha256(b'\\0', entries[2:2 + length])
        entries = entries[2 + length:]
        while subtrees and subtrees[-1][0] == height:
            height, node = height + 1, sha256(b'\\1', subtrees.pop()[1], node)
        subtrees.append((height, node))
node = subtrees.pop()[1] if subtrees else sha256()
while subtrees:
    node = sha256(b'\\1', subtrees.pop()[1], node)
same = base64.b64encode(node).decode() == root
print(size, 'entries:', 'the same root' if same else 'ANOTHER ROOT')
`,
  }
}
