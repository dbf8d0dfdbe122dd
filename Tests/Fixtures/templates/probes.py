"""Short templates, one feature each, and the values that they see."""

CONTEXT = {
    "s": "Hello, World",
    "empty": "",
    "pad": "  two words \n",
    "u": "안녕 héllo 😀 Straße",
    "html": "<a href='x'>T & C</a>",
    "i": 7,
    "neg": -3,
    "zero": 0,
    "f": 2.5,
    "large": 1e22,
    "tiny": 1.5e-7,
    "t": True,
    "no": False,
    "z": None,
    "l": [3, 1, 2],
    "names": ["bob", "Alice", "carol", "alice"],
    "mixed": [1, "a", None, True, 2.5, [1, "x"], {"k": "v"}],
    "d": {"b": 1, "a": 2, "items": "own", "x y": 3, "C": None},
    "users": [
        {"name": "Kim", "age": 31, "city": {"name": "Seoul"}, "active": True},
        {"name": "lee", "age": 25, "city": {"name": "Busan"}, "active": False},
        {"name": "Ann", "age": 31, "city": {"name": "seoul"}, "active": True},
        {"name": "Bo", "age": 4},
    ],
    "tree": [{"v": 1, "c": [{"v": 2, "c": [{"v": 3, "c": []}]}, {"v": 4, "c": []}]}, {"v": 5, "c": []}],
    "loop_name": "x",
}

# Each is put between `{{` and `}}`.
EXPRESSIONS = r"""
s
undefined_name
undefined_name.x
undefined_name['x']
undefined_name[0]
undefined_name()
d.missing
d.missing.more
d['missing']
d.b
d['b']
d.items
d['items']
d.items()
d.keys()
d.values()
d.items() | list
d.keys() | list
d['x y']
d.get('a')
d.get('q')
d.get('q', 'fallback')
d.get('q', default=1)
d.get()
d.copy()
d.copy() == d
d.update({'a': 1})
d.pop('a')
d.clear
d.clear is defined
l.append(1)
l.append is defined
l.sort()
l[0]
l[-1]
l[5]
l[5] is defined
l['0']
l[1.0]
l[true]
l.0
l.0.1
users[0].name
users.0.name
users[0]['city'].name
users[0].city['name']
users[-1].city
users[-1].city.name
l[1:]
l[:2]
l[:-1]
l[::-1]
l[::2]
l[-2:]
l[5:]
l[1:1]
l[10:0:-1]
l[::0]
l[none:2]
l['a':]
l[undefined_name:]
s[0]
s[-1]
s[99]
s[7:]
s[:5]
s[-5:]
s[::-1]
s[::3]
s[2:-2:2]
u[3:8]
u[9]
u[9:10]
u[::-1]
u | length
u[-6:-3]
d[1:2]
undefined_name[1:]
i[0]
i[1:]
z.x
z['x']
z[0]
(1, 2)[0]
(1, 2)[0:1]
(1, 2)
(1,)
()
[1, 2.0, 'a', "b'c", none, true, undefined_name]
[[]]
{}
{'a': 1, 2: 'b', none: 3, true: 4, 1.5: 5}
{1: 'a', 1.0: 'b', true: 'c'}
{[1]: 2}
{(1, 2): 3}
{'a': {'b': {'c': 1}}}['a']['b'].c
{'a': 1,}
[1, 2,]
(1, 2,)
'a' 'b' "c"
'it''s'
'tab\there\n\x41\u00e9\101\\ \q \'quoted\''
"\U0001F600 \a\b\f\v\r"
'é\é'
'line\
continued'
"a\0b"
1
-1
+1
- 1
--1
-i
-s
+s
-undefined_name
1_000
0x1F
0b101
0o17
0x_ff
0
00
1.0
1.5e3
1e3
1E-2
1_0.2_5
.5
1.
1e400
123456789012345678
0.1 + 0.2
1 / 3
2 / 2
1e16
1e15
123456789.123456789
1e-4
1e-5
0.00001234
100000000000000000.0
5e-324
1.7976931348623157e308
-0.0
3.14159265358979
large
tiny
1 + 2
1 + 2.0
'a' + 'b'
'a' + 1
1 + 'a'
[1] + [2]
[1] + (2,)
(1,) + (2,)
none + 1
undefined_name + 1
1 + undefined_name
'a' + undefined_name
true + true
true + 1.5
7 - 2
'a' - 'b'
[1] - [1]
3 * 4
3 * 'ab'
'ab' * 3
'ab' * -1
[1, 2] * 2
2 * [1]
(1,) * 2
'a' * 1.5
'a' * 'b'
'a' * true
7 / 2
7 // 2
-7 // 2
7 // -2
7.5 // 2
-7.5 // 2
7 % 3
-7 % 3
7 % -3
7.5 % 2
-7.5 % 2
7 % 0
7 / 0
7 // 0
7.0 / 0
7.0 % 0
0 % 5
2 ** 10
2 ** -1
2 ** 0.5
2.0 ** 3
2 ** 3 ** 2
-2 ** 2
0 ** 0
0 ** -1
1 ** 100
(-1) ** 3
2 ** 62
10 // 3 * 3 + 10 % 3
'%s is %d' % ('x', 3)
'%s' % 'one'
'%s' % none
'%s' % [1, 2]
'%s' % {'a': 1}
'%s %s' % [1, 2]
'%s' % ()
'%s' % (1, 2)
'plain' % ()
'plain' % 1
'plain' % {}
'%%' % ()
'%(a)s %(b)05d' % {'a': 1, 'b': 2}
'%(a)s' % 3
'%(q)s' % {}
'%5s|%-5s|%05d|%+d|% d|%x|%X|%o|%#x|%#o' % ('a', 'b', 42, 42, 42, 255, 255, 8, 255, 8)
'%.2f|%8.3f|%-8.1f|%e|%.1E|%g|%G|%g|%g' % (3.14159, 2.5, 1.25, 12345.678, 0.00012, 1e10, 1e-10, 100000, 1234567)
'%d' % 3.99
'%d' % '3'
'%f' % 3
'%f' % '3'
'%c%c' % (65, 'b')
'%c' % 'ab'
'%r %a' % ('é', 'é')
'%.3s|%10.2s|' % ('abcdef', 'abcdef')
'%*d|%-*d|%.*f' % (5, 42, 5, 42, 2, 3.14159)
'%i %u' % (3, -4)
'%z' % 1
'%' % 1
'%5.3d|%-6.4d|%+.3d|%06.3d' % (7, 7, 7, 7)
'%s' % undefined_name
'%d' % undefined_name
'%d%%' % 50
'%.0f %.0f %.0f' % (0.5, 1.5, 2.5)
'%#.3g %#x' % (1, 0)
'%s' % true
'%d' % true
1 ~ 2
1 ~ 'a' ~ none ~ true ~ 1.0 ~ [1] ~ undefined_name
'a' ~ 1 + 2
1 == 1.0
1 == true
0 == false
'1' == 1
none == none
none == false
none == undefined_name
undefined_name == undefined_other
[1, 2] == [1, 2]
[1, 2] == (1, 2)
(1, 2) == (1.0, 2.0)
{'a': 1, 'b': 2} == {'b': 2, 'a': 1}
{'a': 1} == {'a': 1.0}
{'a': 1} != {'a': 2}
'a' != 'b'
1 < 2
1 < 2 < 3
1 < 3 < 2
1 < 2 == 2
1 == 1 == 1
3 > 2 >= 2
'a' < 'b'
'Z' < 'a'
'a' < 'ab'
'é' > 'z'
[1, 2] < [1, 3]
[1] < [1, 2]
(1, 'a') < (1, 'b')
1 < 'a'
none < 1
none < none
[1] < (1,)
{} < {}
undefined_name < 1
1 < undefined_name
true < 2
1.5 < 2
9007199254740993 == 9007199254740992.0
9007199254740993 > 9007199254740992.0
1 in [1, 2]
1.0 in [1, 2]
'1' in [1, 2]
1 not in [1, 2]
'ell' in s
'' in s
'x' not in s
1 in s
none in s
'a' in d
'q' in d
[1] in d
1 in {1.0: 2}
'a' in d.keys()
1 in d.values()
('a', 2) in d.items()
2 in (1, 2)
2 in range(3)
3 in range(3)
2.0 in range(3)
'a' in range(3)
1 in none
1 in 5
1 in undefined_name
undefined_name in [1]
undefined_name in 'abc'
not 1
not not 1
not empty
not undefined_name
not 1 == 2
1 and 2
0 and 2
1 or 2
0 or 2
empty or 'default'
none or false or []
1 and 0 or 3
undefined_name or 'x'
undefined_name and 'x'
1 if true else 2
1 if false else 2
1 if false
(1 if false) is defined
'a' if 0 else 'b' if 0 else 'c'
1 if undefined_name else 2
(1 if false).x
[] or {} or () or 0 or 0.0 or '' or 'none of them'
range(3)
range(3) | list
range(1, 10, 3) | list
range(10, 0, -3) | list
range(5)[1:3]
range(5)[-1]
range(5)[9]
range(3) == range(0, 3, 1)
range(3) | length
range(0) | list
range(1, 2, 0)
range('a')
range(1.5)
range(100001)
range(100000) | length
range(3).start
range(3) | reverse | list
range(3) | last
range()
range(1, 2, 3, 4)
range(5) | sum
dict(a=1, b=2)
dict({'a': 1}, b=2)
dict([('a', 1), ['b', 2]])
dict(d)
dict([1])
dict(1)
dict(undefined_name)
dict.fromkeys(['a', 'b'])
dict.fromkeys('ab', 0)
dict({}, {})
namespace(a=1)
namespace(a=1).a
namespace(a=1)['a']
namespace(a=1).b
namespace({'a': 1}).a
namespace(_a=1)
namespace(a=1) is mapping
namespace(a=[1, 'x'])
cycler('a', 'b').next()
cycler('a', 'b').current
cycler()
joiner()()
joiner('|')
lipsum is callable
raise_exception('no: ' ~ i)
raise_exception(none)
raise_exception(12)
raise_exception()
raise_exception(message='named')
raise_exception('a', 'b')
strftime_now('%Y-%m-%d')
strftime_now('%d %B %Y, %H:%M:%S %p %I %j %y %b %a %A %-d %-m %e %%')
strftime_now('%F %T %D %R %c %x %X')
strftime_now('%_d|%k|%l|%u|%w|%C|%h|%n|%t|%f|%Z|%z|')
strftime_now(1)
s.upper()
s.lower()
s.title()
'hello wORLD-foo it''s'.title()
s.capitalize()
'ÉCOLE ΟΔΟΣ ΑΣ'.lower()
'straße ﬁ ŉ'.upper()
'ǆ ﬁ'.title()
'straße ŸΣ'.casefold()
'aBc É'.swapcase()
u.upper()
pad.strip()
pad.lstrip()
pad.rstrip()
'xxaxx'.strip('x')
'abcXcba'.strip('abc')
'xxaxx'.lstrip('x')
'xxaxx'.rstrip('x')
'a'.strip(none)
'a'.strip(1)
'\u2003 a\u00a0\x1c'.strip()
'a'.strip(chars='a')
'a b  c'.split()
'a b  c'.split(' ')
'a,b,c'.split(',')
'a,b,c'.split(',', 1)
'a,b,c'.split(',', maxsplit=1)
'a,b,c'.split(sep=',')
'a b c'.split(none, 1)
'a b c'.split(maxsplit=1)
'  a  b  '.split(none, 1)
'  a  b  '.rsplit(none, 1)
'{:*<08d}|{:08}|{:<08}|{:^08}'.format(42, 'ab', 'ab', 4.5)
'%-05d|%-05.1f|%05s|' % (42, 1.5, 'a')
''.split()
''.split(',')
'abc'.split('')
'abc'.split(1)
'a,b,c'.rsplit(',', 1)
'a b c'.rsplit(none, 1)
'aaa'.split('aa')
'aaa'.rsplit('aa', 1)
'a\nb\r\nc\rd\x0be\u2028f'.splitlines()
'a\nb\n'.splitlines(true)
'a\n'.splitlines(keepends=true)
''.splitlines()
'a=b=c'.partition('=')
'a=b=c'.rpartition('=')
'abc'.partition('=')
'abc'.rpartition('=')
'abc'.partition('')
'a-b-a'.replace('a', 'x')
'a-b-a'.replace('a', 'x', 1)
'abc'.replace('', '-')
'abc'.replace('', '-', 2)
'abc'.replace('b', '')
'abc'.replace('b')
'abc'.replace(old='b', new='c')
'abc'.replace('b', 1)
'hello'.startswith('he')
'hello'.startswith(('x', 'he'))
'hello'.startswith('l', 2)
'hello'.startswith('lo', -2)
'hello'.startswith('', 9)
'hello'.startswith(['he'])
'hello'.endswith('lo')
'hello'.endswith(('x', 'lo'))
'hello'.endswith('ell', 0, 4)
'hello'.find('l')
'hello'.find('l', 3)
'hello'.find('z')
'hello'.rfind('l')
'hello'.index('z')
'hello'.index('o')
'hello'.rindex('l')
'héllo wörld'.find('w')
'hello'.find('l', -2)
'hello'.find('')
'hello'.rfind('')
'hello'.count('l')
'aaaa'.count('aa')
'abc'.count('')
'hello'.count('l', 3)
'-'.join(['a', 'b'])
'-'.join('abc')
'-'.join([1, 2])
'-'.join([])
'-'.join(d)
'-'.join(5)
'-'.join(undefined_name)
'ab'.center(7, '*')
'abc'.center(6)
'abc'.center(7)
'ab'.ljust(5) ~ '|'
'ab'.rjust(5, '.')
'ab'.rjust(5, '..')
'42'.zfill(5)
'-42'.zfill(5)
'+a'.zfill(4)
'a\tb\tccc\td'.expandtabs(4)
'a\tb'.expandtabs()
'prefix-x'.removeprefix('prefix-')
'x.suffix'.removesuffix('.suffix')
'abc'.removeprefix('x')
'abc1'.isalnum()
'abc '.isalnum()
'abc'.isalpha()
'é가'.isalpha()
'123'.isdigit()
'²'.isdigit()
'²'.isdecimal()
'½'.isnumeric()
'一'.isnumeric()
''.isdigit()
'abc'.islower()
'aBc'.islower()
'ABC1'.isupper()
'Ab Cd'.istitle()
' \t\n'.isspace()
'a b'.isprintable()
'a\nb'.isprintable()
'abc'.isascii()
'é'.isascii()
'a_1'.isidentifier()
'1a'.isidentifier()
'abc'.nothing()
'abc'.nothing is defined
'abc'.upper is defined
'abc'.upper is callable
'abc'.__class__
'abc'.__class__ is defined
'abc'.__class__.__mro__
d.__class__
d._private
'{} {}'.format(1, 'a')
'{1} {0}'.format(1, 'a')
'{a} {b}'.format(a=1, b=2)
'{0.name} {0[age]}'.format(users[0])
'{u[name]}'.format(u=users[0])
'{l[0]}'.format(l=l)
'{:>5}|{:<5}|{:^5}|{:*^7}'.format('a', 'b', 'c', 'd')
'{:5d}|{:05d}|{:+d}|{: d}|{:x}|{:X}|{:#x}|{:o}|{:b}|{:#b}|{:c}'.format(42, 42, 42, 42, 255, 255, 255, 8, 5, 5, 65)
'{:.2f}|{:8.3f}|{:e}|{:.1E}|{:g}|{:%}|{:.1%}'.format(3.14159, 2.5, 12345.678, 0.00012, 1e10, 0.25, 0.256)
'{:,}|{:_}|{:,.2f}|{:_x}'.format(1234567, 1234567, 1234567.891, 1048576)
'{:.3}|{:10.3}|{:10}'.format(3.14159, 2.5, 2.5)
'{:.3}|{:.1}|{:.2}|{:.17}'.format(100.0, 5.0, 123.0, 0.1)
'{:.3}|{:5.2}|'.format('abcdef', 'abc')
'{!r} {!s} {!a}'.format('é', 'é', 'é')
'{!r:>6}'.format('a')
'{:{}}|{:{w}}'.format('a', 3, 'b', w=4)
'{{}} {{{}}}'.format(1)
'{'.format()
'}'.format()
'{} {0}'.format(1)
'{0} {}'.format(1)
'{} {}'.format(1)
'{a}'.format()
'{0.__class__}'.format(1)
'{0.missing}'.format(d)
'{:d}'.format('a')
'{:s}'.format(1)
'{:d}'.format(1.5)
'{}'.format(none)
'{:5}'.format(none)
'{:5}|{}'.format(true, true)
'{}'.format(undefined_name)
'{:08.3f}|{:+08d}|{:=+8d}|{:<08d}'.format(3.14159, 42, 42, 42)
'{:,}|{:010,}|{:013,.1f}'.format(-1234, 1234, 1234.5)
'{a[0]} {b.x}'.format_map({'a': [1], 'b': {'x': 2}})
'{:n}|{:G}|{:F}|{:.0f}|{:#.0f}'.format(5, 1e-10, 2.5, 2.5, 2.5)
'{:z}'.format(1)
i.real
i.bit_length()
f.is_integer()
(2.0).is_integer()
f.imag
i.numerator
l.count(1)
l.index(2)
l.index(9)
l.copy()
(1, 2, 1).count(1)
(1, 2).index(2)
s | upper
s | lower | title
i | upper
none | upper
undefined_name | upper
undefined_name | trim
pad | trim ~ '|'
'xxaxx' | trim('x')
'xxaxx' | trim(chars='x')
i | trim
s | length
l | length
d | length
none | length
i | length
undefined_name | length
l | count
l | first
l | last
[] | first
[] | first is defined
[] | last
empty | first
s | first
s | last
d | first
d | last
none | first
i | last
undefined_name | first
undefined_name | last
(l | map('string')) | first
(l | map('string')) | last
l | join
l | join(', ')
l | join(d=', ')
names | join('-')
users | join(', ', attribute='name')
users | map(attribute='name') | join(', ')
mixed | join('|')
s | join('.')
d | join(',')
none | join
undefined_name | join
l | join(1)
l | sort
l | sort(reverse=true)
l | sort(true)
names | sort
names | sort(case_sensitive=true)
names | sort(reverse=true)
users | sort(attribute='age') | map(attribute='name') | list
users | sort(attribute='age,name') | map(attribute='name') | list
users | sort(attribute='age', reverse=true) | map(attribute='name') | list
users | sort(attribute='city.name') | length
[none, none] | sort
[1, 'a'] | sort
[[2], [1, 5], [1]] | sort
[true, 0, 2.5, -1] | sort
d | sort
s | sort | join
undefined_name | sort
none | sort
users | sort
names | unique | list
names | unique(true) | list
users | unique(attribute='age') | map(attribute='name') | list
[1, 1.0, true, '1'] | unique | list
[[1], [1]] | unique | list
l | min
l | max
names | min
names | max
names | max(case_sensitive=true)
users | min(attribute='age')
users | max(attribute='age') | attr('name')
[] | max
[] | max is defined
[1, 'a'] | max
'hello' | max
l | sum
[1.5, 2] | sum
users | sum(attribute='age')
l | sum(start=10)
[[1], [2]] | sum(start=[])
['a'] | sum
[] | sum
names | sum(start='')
l | reverse | list
s | reverse
d | reverse | list
l | reverse
i | reverse
(l | map('string')) | reverse
undefined_name | reverse | list
l | list
s | list
d | list
d.items() | list
none | list
undefined_name | list
d | items | list
undefined_name | items | list
l | items | list
none | items | list
d | dictsort
d | dictsort(true)
d | dictsort(reverse=true)
{'b': 1, 'A': 3, 'c': 2} | dictsort(by='value')
{'b': 1, 'A': 3, 'c': 2} | dictsort(false, 'value', true)
d | dictsort(by='nothing')
l | dictsort
undefined_name | dictsort
{'a': 1, 2: 3} | dictsort
undefined_name | default('x')
undefined_name | default
undefined_name | d('x')
none | default('x')
none | default('x', true)
empty | default('x', boolean=true)
i | default('x')
d.q | default('x')
d.q.r | default('x')
undefined_name | default(default_value='y')
s | replace('l', 'L')
s | replace('l', 'L', 1)
s | replace(old='l', new='')
s | replace('l')
i | replace(7, 8)
none | replace('None', 'x')
undefined_name | replace('a', 'b') ~ '|'
html | escape
html | e
html | safe
html | safe | e
html | forceescape
html | safe | forceescape
html | e | upper
(html | safe) + '<b>'
'<b>' + (html | safe)
(html | safe) ~ '<b>'
('<i>' | safe) * 2
('<i>%s</i>' | safe) % '<b>'
('<i>%(a)s</i>' | safe) % {'a': '<b>'}
('<i>{}</i>' | safe).format('<b>')
('<i>{}{}</i>' | safe).format('<b>' | safe, 1)
('-' | safe).join(['<', '>' | safe])
['<', '>' | safe] | join('&')
('a<b' | safe).replace('a', '<')
('a<b' | safe)[0]
('a<b' | safe).split('<')
[('a<b' | safe), 1]
(html | e) is escaped
html is escaped
(html | safe) is string
(html | safe) == html
(html | safe | string) is escaped
(' x ' | safe | trim) is escaped
(html | safe | replace('a', 'b')) is escaped
(none | safe) ~ '|'
undefined_name | safe
undefined_name | e
i | e
html | striptags
'a <!-- c > --> b &lt;x&gt; &amp;amp; <br/> c  d' | striptags
'a < b' | striptags
'x' | tojson
html | tojson
u | tojson
'\x00\x1f\x7f\u2028"\\/\b\f\n\r\t' | tojson
i | tojson
f | tojson
1.0 | tojson
1e22 | tojson
none | tojson
true | tojson
mixed | tojson
d | tojson
(1, 2) | tojson
{1: 2, true: 3, none: 4, 1.5: 5} | tojson
{(1, 2): 3} | tojson
d | tojson(indent=2)
mixed | tojson(indent=4)
[] | tojson(indent=2)
{} | tojson(indent=2)
[[], {}] | tojson(indent=1)
d | tojson(indent=0)
d | tojson(indent='> ')
d | tojson(sort_keys=true)
u | tojson(ensure_ascii=true)
u | tojson(true)
d | tojson(separators=(',', ':'))
d | tojson(separators=(',', ':'), indent=2)
d | tojson(indent=none)
d | tojson(wrong=1)
undefined_name | tojson
[undefined_name] | tojson
(l | map('string')) | tojson
range(3) | tojson
d.items() | tojson
d.keys() | tojson
namespace() | tojson
(html | safe) | tojson
{'a': html | safe} | tojson
s.upper | tojson
'a\nb\n\nc' | indent
'a\nb\n\nc' | indent(2)
'a\nb\n\nc' | indent(2, true)
'a\nb\n\nc' | indent(2, blank=true)
'a\nb\n\nc' | indent('> ', true, true)
'a\nb' | indent(width=1, first=true)
'a\nb\n' | indent ~ '|'
empty | indent(2, true) ~ '|'
'a\r\nb' | indent
i | indent
undefined_name | indent
'foo bar baz qux' | truncate(9)
'foo bar baz qux' | truncate(9, true)
'foo bar baz qux' | truncate(11)
'foo bar baz qux' | truncate(11, false, '...', 0)
'foo bar baz qux' | truncate(5, end='…', leeway=0)
'foo bar' | truncate(2)
'x' | truncate
s | capitalize
'HELLO wORLD' | capitalize
'hello-world foo(bar) <b>it''s' | title
'straße' | title
s | center(20) ~ '|'
s | center
'one two, three_four 5' | wordcount
'a b&c/d?é' | urlencode
{'a b': 1, 'c': 'd/e'} | urlencode
[('a', 1), ('b', '&')] | urlencode
i | urlencode
{'a': 1, 'b': none, 'c': '<'} | xmlattr
{'a': 1} | xmlattr(false)
{'a b': 1} | xmlattr
{} | xmlattr ~ '|'
1 | filesizeformat
999 | filesizeformat
1000 | filesizeformat
13000000 | filesizeformat
13000000 | filesizeformat(true)
1500.5 | filesizeformat
'a' | filesizeformat
'%s-%s' | format('a', 'b')
'%(x)s' | format(x=1)
'%s' | format('a', x=1)
'%s' | format
i | int
'42' | int
' 42 ' | int
'42.9' | int
'1_000' | int
'abc' | int
'abc' | int(default=-1)
'ff' | int(base=16)
'0xff' | int(0, 16)
'0b11' | int(0, 0)
'-7' | int
f | int
-2.7 | int
none | int
true | int
[] | int
undefined_name | int
'inf' | int
'1e3' | int
'٣' | int
'3.5' | float
'abc' | float
'abc' | float(1.5)
'1e3' | float
' -2.5 ' | float
'inf' | float
'-Infinity' | float
'nan' | float
'1_0.5' | float
none | float
i | float
undefined_name | float
'.5' | float
'5.' | float
'.' | float
2.5 | round
3.5 | round
-2.5 | round
2.675 | round(2)
1234.5678 | round(2)
1234.5678 | round(-2)
1250.0 | round(-2)
1350.0 | round(-2)
42.55 | round(1, 'ceil')
42.55 | round(1, 'floor')
42.55 | round(method='floor')
-42.55 | round(0, 'ceil')
i | round
i | round(2)
25 | round(-1)
35 | round(-1)
i | round(0, 'ceil')
2.5 | round(0, 'nearest')
'a' | round
undefined_name | round
true | round
0.5 | round | int
1e300 | round(2)
-3 | abs
-2.5 | abs
'a' | abs
undefined_name | abs
true | abs
[1, 2, 3, 4, 5] | batch(2) | list
[1, 2, 3, 4, 5] | batch(2, 0) | list
[1, 2, 3, 4, 5] | batch(2, fill_with='x') | list
[] | batch(2) | list
[1, 2] | batch(0) | list
[1, 2, 3, 4, 5] | slice(2) | list
[1, 2, 3, 4, 5] | slice(3, 0) | list
[1, 2] | slice(0) | list
[1, 2] | slice(4) | list
'abcde' | batch(2) | list
users | groupby('age') | list | length
users | groupby('age') | map('first') | list
(users | groupby('age'))[0].grouper
(users | groupby('age'))[1].list | map(attribute='name') | list
users | groupby('city.name', default='?') | map('first') | list
users | groupby('city.name')
names | groupby(0) | map(attribute='grouper') | list
names | groupby(0, case_sensitive=true) | map(attribute='grouper') | list
users | map(attribute='city.name') | list
users | map(attribute='city') | list
users | map(attribute='missing') | list
users | map(attribute='missing', default='?') | list
users[:3] | map(attribute='city.name', default='?') | list
users | map(attribute='age', wrong=1) | list
users | map('attr', 'name') | list
names | map('upper') | list
names | map('replace', 'a', 'A') | list
l | map('string') | map('int') | sum
l | map('nothing') | list
l | map('nothing') | length
l | map() | list
none | map('upper') | list
undefined_name | map('upper') | list
5 | map('upper') | list
'abc' | map('upper') | join
[[1, 2], [3]] | map('join', '-') | list
[[1, 2], [3]] | map(attribute=0) | list
[[1, 2], [3]] | map('sum') | list
(l | map('string')) is iterable
(l | map('string')) is sequence
(l | map('string') | list) == ['3', '1', '2']
l | select | list
[0, 1, '', 'a', none] | select | list
[0, 1, '', 'a', none] | reject | list
l | select('odd') | list
l | reject('odd') | list
l | select('greaterthan', 1) | list
l | select('>', 1) | list
l | select('in', [1, 2]) | list
l | select('divisibleby', 3) | list
names | select('equalto', 'bob') | list
mixed | select('string') | list
mixed | select('mapping') | list
mixed | reject('none') | list
l | select('nothing') | list
l | select('nothing')
l | select('odd', 1) | list
users | selectattr('active') | map(attribute='name') | list
users | rejectattr('active') | map(attribute='name') | list
users | selectattr('age', 'equalto', 31) | map(attribute='name') | list
users | selectattr('age', '>=', 25) | map(attribute='name') | list
users | selectattr('city', 'defined') | map(attribute='name') | list
users | selectattr('city.name', 'equalto', 'Seoul') | list
users[:3] | selectattr('city.name', 'equalto', 'Seoul') | list | length
users | selectattr | list
users | rejectattr('age', 'lt', 30) | map(attribute='name') | list
(users | selectattr('name', 'equalto', 'nobody')) and 'always true'
(users | selectattr('name', 'equalto', 'nobody') | list) or 'empty'
users | selectattr('name', 'equalto', 'Kim') | first
users | attr('name')
users[0] | attr('name')
users[0] | attr('keys') is defined
undefined_name | attr('x')
s | attr('upper')()
s | string
l | string
none | string
u | list | length
s | random_filter
s is random_test
s | nothing if false else 'x'
'x' if s is nothing else 'y'
'x' if false and (s is nothing) else 'y'
s is defined
undefined_name is defined
undefined_name is undefined
d.b is defined
d.q is defined
d.q.r is defined
s is string
i is string
i is number
f is number
t is number
s is number
i is integer
t is integer
f is float
t is boolean
i is boolean
t is true
no is false
i is true
1 is true
z is none
undefined_name is none
d is mapping
l is mapping
l is sequence
s is sequence
d is sequence
i is sequence
range(2) is sequence
d.items() is sequence
undefined_name is sequence
l is iterable
s is iterable
i is iterable
z is iterable
undefined_name is iterable
d.keys() is iterable
i is odd
i is even
2.0 is even
'a' is odd
'%s' is odd
i is divisibleby 7
i is divisibleby(2)
i is divisibleby(0)
i is eq 7
i is eq(8)
i is equalto 7
i is ne 7
i is gt 3
i is ge 7
i is lt 3
i is le 7
i is greaterthan 3
i is lessthan 3
i is sameas 7
t is sameas true
1 is sameas true
l is sameas l
z is sameas none
'abc' is lower
'ABC' is upper
i is lower
2 is in [1, 2]
2 is not in [1, 2]
2 is in(l)
'x' is in 'xyz'
2 is in none
'upper' is filter
'nothing' is filter
'odd' is test
'nothing' is test
[1] is filter
range is callable
s is callable
namespace is callable
dict is callable
undefined_name is callable
s is not string
not s is string
s is not defined
s is defined and i is odd
s is defined or undefined_name.x
i is odd(1)
i is divisibleby
i is defined is true
i is string or i is number
1 is eq 1 == true
i is none or 'x'
(i is none) ~ 'x'
l is eq [3, 1, 2]
s is string if true else 2
caller
self
loop
loop.index
super
varargs
kwargs
True
False
None
TRUE
self.x
self.x is defined
1 2
1 +
(1
1)
[1
{1
{1: 2
{1 2}
a b
'unclosed
@
$x
!x
a!b
a ? b : c
x =
x = 1
1 = 2
a.
a.'b'
a[
a[]
a[1:2:3:4]
a[1, 2]
a[1:2, 3]
f(a b)
f(a=1, 2)
f(a=1, a=2)
f(**{'a': 1}, b=2)
f(*l, 1)
s | 
s | 1
s is
s is 1
|s
not
is defined
if
1 if
1 if else 2
1 else 2
for x in y
a and
a or or b
a not b
a not in
in l
a ~
~ a
.5.5
1.2.3
1..2
lambda: 1
x.y.z()
[x for x in l]
{x: 1 for x in l}
{**d}
[*l]
(x := 1)
a if b else
l[0] = 1
i++
i += 1
`a`
s;
#
dict(*[{'a': 1}])
dict(**{'a': 1})
dict(**5)
dict(*5)
dict(**{1: 2})
dict(a=1, **{'a': 2})
range(*[1, 4]) | list
'{}-{}'.format(*l[:2])
'{a}'.format(**{'a': 1})
s.upper(1)
s.upper(a=1)
i()
s()
none()
l()
"x"()
(s.upper)()
[s.upper][0]()
{'f': s.upper}.f()
d['items']()
d.items is callable
not 1 in [2]
1 in [1] == true
(1 in [1]) == true
-1 | abs
(-1) | abs
- 1 | abs
-i | string
2 * 3 | string
'a' ~ 'b' | upper
'a' + 'b' | upper
1 + 1 | int * 2
s | upper | length
s[0] | lower
s.split(',')[1] | trim | upper
'a,b' .split(',')
users[0] . name
s|upper|lower
s |upper| lower
( 1 , 2 )
"a\"b'c"
'a"b\'c'
["a\"b'c", 'plain', "it's", 'q"q', 'new\nline', 'tab\t', 'nul\x00', 'é', '\u200b', '\xa0', '\\']
{'k\n': '\U0001F600'}
"한국어" | length
"한국어"[1]
"e\u0301" | length
"e\u0301" == "\u00e9"
{"e\u0301": 1, "\u00e9": 2} | length
"e\u0301" in "\u00e9"
"👨‍👩‍👧" | length
"👨‍👩‍👧" | reverse
"\r\n" | length
"a\r\nb".split("\n")
5 // 0.3
-5 % 0.3
1e308 * 10
1e308 * 10 - 1e308 * 10
(1e308 * 10) | int
(1e308 * 10) | tojson
(1e308 * 10 - 1e308 * 10) | int
[1e308 * 10, -1e308 * 10] | tojson
10 ** 18
7 ** 22
2 ** 0.5 * 2 ** 0.5
0.1 * 3
1.1 + 2.2
100 * 1.1
1e2
12345678.9
0.5
1 / 10
2 / 3
10 / 4
1e21 + 1
"%.17g" % 0.1
"%.3f" % 2.0005
"%10.4f|" % 3.14159265
"%-10d|" % 5
"%+.1e" % 12345.6789
true + 1
true * 3
true / 2
-true
+true
true | string
[true, false, none] | string
true == 1 == 1.0
{true: 'a'}[1]
{1: 'a'}[1.0]
{1: 'a'}['1']
l | map(attribute='x') | list
'abc' | map(attribute='x') | list
namespace(items=1).items
namespace(get=2)['get']
cycler(1, 2).items
joiner().used
joiner().sep
macro_name
""" .strip("\n").split("\n")

# Joined in the source above: a literal that goes over two lines.
EXPRESSIONS = [e for e in EXPRESSIONS if e not in ("continued'",)]
EXPRESSIONS = ["'line\\\ncontinued'" if e == "'line\\" else e for e in EXPRESSIONS]

TEMPLATES = [
    # Text and whitespace
    "",
    "plain",
    "plain\n",
    "plain\n\n",
    "a\r\nb\rc\n\r\n",
    "  {{ i }}  ",
    "a\n  {% if t %}\n    b\n  {% endif %}\nc\n",
    "a\n  {%- if t %}\n    b\n  {%- endif %}\nc\n",
    "a\n  {% if t -%}\n    b\n  {% endif -%}\nc\n",
    "a\n  {%+ if t %}\n    b\n  {%+ endif +%}\nc\n",
    "a\n  {%+ if t +%}\n    b\n  {% endif +%}\n\nc\n",
    "a {% if t %} b {% endif %} c",
    "{% if t %}\n\na\n{% endif %}\n\nb",
    "  {% set x = 1 %}\n  {% set y = 2 %}\n{{ x }}{{ y }}",
    "\t {% if t %}x{% endif %}",
    "x \t {%- if t %} y {% endif -%} \n\n z",
    "a{{- i -}}  b",
    "a  {{- i }}  b",
    "a  {{ i -}}  b",
    "a  {{+ i }}  b",
    "a {{ '  x  ' -}}\n\n b",
    "a\n  {# comment #}\nb",
    "a\n  {#- comment -#}\n  b",
    "a\n  {#+ comment +#}\n  b",
    "a {# comment #} b",
    "{# multi\nline #}\nx",
    "{# a #}{# b #}\n{# c #}\nx",
    "{# {{ i }} {% if %} #}x",
    "{# unclosed",
    "{#",
    "a{#",
    "{##}x",
    "{#-#}x",
    "a \u00a0{%- if t %}b{% endif -%}\u2003 c",
    "a\n\u3000{% if t %}b{% endif %}",
    "{% raw %}{{ i }} {% if %} {# #}{% endraw %}",
    "a\n  {% raw %}\n  {{ x }}\n  {% endraw %}\nb",
    "a\n  {%- raw -%}\n  {{ x }}\n  {%- endraw -%}\nb",
    "a\n  {% raw -%}\n  x\n  {%+ endraw +%}\nb",
    "{% raw %}",
    "{% raw %}x",
    "{% raw %}{% raw %}{% endraw %}",
    "{% rawx %}",
    "{%raw%}x{%endraw%}",
    "{%- raw %} x {% endraw -%} y",
    "{{ '{{' }} {{ '}}' }} {{ \"{% if %}\" }}",
    "{{ {'a': {'b': 1}} }}",
    "{{ {'a': {'b': 1}}}}",
    "{{ {} }}{{ {}}}",
    "{{'%}'}}{% if '%}' %}y{% endif %}",
    "{ { } } {x} %} }} #}",
    "{",
    "{{",
    "{%",
    "{{ }}",
    "{% %}",
    "{{ i",
    "{% if t",
    "{{ i }",
    "{{ i %}",
    "{% if t }}",
    "{{{ i }}}",
    "{{ i }}}",
    "{{- '' -}}",
    "{{\n\ni\n\n}}",
    "{%\n  if\n  t\n%}x{%\nendif\n%}",
    "{%-if t-%} x {%-endif-%}",
    "한국어\n{% if t %}\n예\n{% endif %}\n",
    "x{% if t %}{% endif %}\n\ny",
    "{{ 1 }}\n{{ 2 }}\n",
    "\n{% if t %}\n\n{% endif %}\n\n",
    # Conditions
    "{% if i == 7 %}a{% elif i == 8 %}b{% else %}c{% endif %}",
    "{% if i == 8 %}a{% elif i == 7 %}b{% else %}c{% endif %}",
    "{% if i == 8 %}a{% elif i == 9 %}b{% else %}c{% endif %}",
    "{% if undefined_name %}a{% else %}b{% endif %}",
    "{% if undefined_name.x %}a{% else %}b{% endif %}",
    "{% if 0, %}a{% else %}b{% endif %}",
    "{% if t: %}a{% endif %}",
    "{% if %}a{% endif %}",
    "{% if t %}a",
    "{% if t %}a{% endfor %}",
    "{% if t %}a{% else %}b{% else %}c{% endif %}",
    "{% if t %}a{% else %}b{% elif t %}c{% endif %}",
    "{% else %}",
    "{% endif %}",
    "{% elif t %}",
    "{% unknown %}",
    "{% do l %}",
    "{% trans %}x{% endtrans %}",
    "{% debug %}",
    "{% if no %}{{ s | nothing }}{% endif %}ok",
    "{% if no %}{% if t %}{{ s | nothing }}{% endif %}{% endif %}ok",
    "{% if no %}{% for x in l %}{{ s | nothing }}{% endfor %}{% endif %}ok",
    "{% if no %}{{ s is nothing }}{% endif %}ok",
    "{% if t %}{{ s | nothing }}{% endif %}ok",
    "{% if s is nothing %}{% endif %}ok",
    "{% if no %}a{% elif s is nothing %}{% endif %}ok",
    "{% if no %}{% macro m() %}{{ s | nothing }}{% endmacro %}{% endif %}ok",
    "{{ 'x' if no and s | nothing else 'y' }}",
    # Assignments and scopes
    "{% set x = 1 %}{{ x }}",
    "{% set x = 1, 2 %}{{ x }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "{% set a, b = 'xy' %}{{ a }}{{ b }}",
    "{% set (a, b) = [1, 2] %}{{ a }}{{ b }}",
    "{% set a, (b, c) = 1, (2, 3) %}{{ a }}{{ b }}{{ c }}",
    "{% set a, b = 1 %}",
    "{% set a, b = 1, 2, 3 %}",
    "{% set a, b = [1] %}",
    "{% set a, b = undefined_name %}",
    "{% set a, = [5] %}{{ a }}",
    "{% set x = undefined_name %}{{ x }}{{ x is defined }}",
    "{% set x = undefined_name.y %}",
    "{% set true = 1 %}",
    "{% set none = 1 %}",
    "{% set 1 = 2 %}",
    "{% set 'a' = 2 %}",
    "{% set x.y = 1 %}",
    "{% set d.y = 1 %}",
    "{% set d['y'] = 1 %}",
    "{% set x %}",
    "{% set x = %}",
    "{% set = 1 %}",
    "{% set x == 1 %}",
    "{% set x = 1 %}{% set x = x + 1 %}{{ x }}",
    "{% set s = s ~ '!' %}{{ s }}",
    "{% if t %}{% set x = 1 %}{% endif %}{{ x }}",
    "{% if no %}{% set x = 1 %}{% endif %}{{ x }}|",
    "{% if no %}{% set s = 1 %}{% endif %}{{ s }}",
    "{% if no %}{% set s = 1 %}{% else %}{% set q = 2 %}{% endif %}{{ s }}{{ q }}",
    "{% if t %}{% if t %}{% set x = 1 %}{% endif %}{% endif %}{{ x }}",
    "{% set x = 1 %}{% for y in l %}{% set x = y %}{{ x }}{% endfor %}{{ x }}",
    "{% for y in l %}{{ x }}{% set x = y %}{{ x }}{% endfor %}{{ x }}|",
    "{% set x = 0 %}{% for y in l %}{% set x = x + y %}{{ x }} {% endfor %}{{ x }}",
    "{% for y in l %}{% if y == 1 %}{% set x = 'one' %}{% endif %}{{ x }}|{% endfor %}",
    "{% set x = 's' %}{% for y in l %}{% if y == 1 %}{% set x = 'one' %}{% endif %}{{ x }}|{% endfor %}{{ x }}",
    "{% for s in l %}{{ s }}{% endfor %}{{ s }}",
    "{% for x in l %}{% for x in names %}{{ x[0] }}{% endfor %}{{ x }}{% endfor %}",
    "{% for x in l %}{% set i = x %}{% endfor %}{{ i }}",
    "{% set ns = namespace(n=0) %}{% for x in l %}{% set ns.n = ns.n + x %}{% endfor %}{{ ns.n }}",
    "{% set ns = namespace() %}{% set ns.a, ns.b = 1, 2 %}{{ ns.a }}{{ ns.b }}{{ ns }}",
    "{% set ns = namespace(a=1) %}{% set ns.a %}block{% endset %}{{ ns.a }}",
    "{% set ns = namespace(a=1) %}{% set ns._b = 1 %}",
    "{% set ns = namespace(a=1) %}{% set ns.a.b = 1 %}",
    "{% set ns = 1 %}{% set ns.a = 1 %}",
    "{% set ns.a = 1 %}",
    "{% set ns = namespace(l=[]) %}{% for x in l %}{% set ns.l = ns.l + [x * 2] %}{% endfor %}{{ ns.l }}",
    "{% set ns = namespace(a=1) %}{% set other = ns %}{% set other.a = 5 %}{{ ns.a }}{{ ns == other }}{{ ns is sameas other }}",
    "{% set x %}a{{ i }}b{% endset %}{{ x }}{{ x | length }}",
    "{% set x | upper %}a{{ s }}b{% endset %}{{ x }}",
    "{% set x | replace('a', 'z') | upper %}banana{% endset %}{{ x }}",
    "{% set x | default(i) %}a{% endset %}{{ x }}",
    "{% set x | replace('a', i) %}a{% endset %}{{ x }}{{ i }}",
    "{% set x %}{% set y = 1 %}{{ y }}{% endset %}{{ x }}{{ y }}|",
    "{% set x %}{% endset %}{{ x is string }}{{ x | length }}",
    "{% set a, b %}xy{% endset %}{{ a }}-{{ b }}",
    "{% with x = 1 %}{{ x }}{% endwith %}{{ x }}|",
    "{% with x = 1, y = x %}{{ x }}{{ y }}|{% endwith %}",
    "{% with %}{% set x = 2 %}{{ x }}{% endwith %}{{ x }}|",
    "{% set x = 1 %}{% with x = 2, y = x %}{{ x }}{{ y }}{% endwith %}{{ x }}",
    "{% with a, b = (1, 2) %}{{ a }}{% endwith %}",
    "{% with x %}{% endwith %}",
    "{% with (a, b) = (1, 2) %}{{ a }}{{ b }}{% endwith %}",
    # Loops
    "{% for x in l %}{{ x }},{% endfor %}",
    "{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }} {% endfor %}",
    "{% for x in l %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% endfor %}",
    "{% for x in l %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }} {% endfor %}",
    "{% for x in l %}{{ loop.nextitem.y }}{% endfor %}",
    "{% for x in l %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for x in l %}{{ loop.cycle() }}{% endfor %}",
    "{% for x in [1, 1, 2, 2, 1] %}{{ loop.changed(x) }}{% endfor %}",
    "{% for x in [1, 1, 2] %}{{ loop.changed(x, 'k') }}{{ loop.changed() }} {% endfor %}",
    "{% for x in l %}{{ loop.depth }}{{ loop.depth0 }}{% endfor %}",
    "{% for x in l %}{{ loop }}{% endfor %}",
    "{% for x in l %}{{ loop.missing }}{{ loop.missing is defined }}{% endfor %}",
    "{% for x in l %}{{ loop | length }}{% endfor %}",
    "{% for x in l %}{{ loop(l) }}{% endfor %}",
    "{% for x in l %}{% for y in l %}{{ loop.index }}{% endfor %}{{ loop.index }} {% endfor %}",
    "{% for x in l %}{% set outer = loop %}{% for y in l %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}",
    "{% for x in l %}{% set ns = namespace(o=loop) %}{{ ns.o.index }}{% endfor %}",
    "{% for x in [] %}a{% else %}b{% endfor %}",
    "{% for x in l %}a{% else %}b{% endfor %}",
    "{% for x in l %}{% break %}{% else %}b{% endfor %}",
    "{% for x in l %}{% continue %}{% else %}b{% endfor %}",
    "{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% else %}b{% endfor %}",
    "{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in l %}{% for y in l %}{% if y == 1 %}{% break %}{% endif %}{{ y }}{% endfor %}{{ x }}{% endfor %}",
    "{% for x in l %}{% for y in [] %}{% else %}{% break %}{% endfor %}{{ x }}{% endfor %}",
    "{% for x in l %}{% for y in [] %}{% else %}{% continue %}{% endfor %}{{ x }}{% endfor %}|",
    "{% for x in l %}{% set q %}{% if x == 1 %}{% break %}{% endif %}z{% endset %}{{ x }}{{ q }}{% endfor %}",
    "{% for x in l %}{% filter upper %}a{% if x == 1 %}{% continue %}{% endif %}b{% endfilter %}{% endfor %}",
    "{% for x in l %}{% with %}{% break %}{% endwith %}{% endfor %}ok",
    "{% break %}",
    "{% continue %}",
    "{% for x in l %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}",
    "{% for x in [] %}{% else %}{% break %}{% endfor %}",
    "{% for x in l %}{% call loop.cycle() %}{% break %}{% endcall %}{% endfor %}",
    "{% for x in l %}{% generation %}{% break %}{% endgeneration %}{% endfor %}",
    "{% for x in l if x > 1 %}{{ x }}{{ loop.index }}{{ loop.length }}{{ loop.last }} {% endfor %}",
    "{% for a, (b, c) in [[1, 'xy'], [2, [3, 4]]] if a %}{{ loop.previtem }}{{ loop.nextitem }}{% endfor %}",
    "{% for x in l if x > 5 %}{{ x }}{% else %}none{% endfor %}",
    "{% for x in l if loop.index > 1 %}{{ x }}{% endfor %}",
    "{% for x in l if undefined_name %}{{ x }}{% else %}e{% endfor %}",
    "{% for x in l if x is odd %}{{ loop.previtem }}{{ x }}{{ loop.nextitem }} {% endfor %}",
    "{% set ns = namespace(n=0) %}{% for x in [1, 2, 3, 4] if ns.n < 3 %}{% set ns.n = ns.n + x %}{{ x }}{% endfor %}",
    "{% set ns = namespace(n=0) %}{% for x in [1, 2, 3, 4] if ns.n < 3 %}{{ loop.last }}{% set ns.n = ns.n + x %}{{ x }}{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in d | items %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in d | dictsort %}{{ k }}={{ v }};{% endfor %}",
    "{% for k in d %}{{ k }};{% endfor %}",
    "{% for k, v in d %}{{ k }};{% endfor %}",
    "{% for v in d.values() %}{{ v }};{% endfor %}",
    "{% for a, b in [[1, 2], (3, 4), 'xy'] %}{{ a }}{{ b }} {% endfor %}",
    "{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for a, b in l %}{% endfor %}",
    "{% for a, b in [[1, 2, 3]] %}{% endfor %}",
    "{% for (a, b) in [[1, 2]] %}{{ a }}{{ b }}{{ loop.index }}{% endfor %}",
    "{% for a, in [[1]] %}{{ a }}{% endfor %}",
    "{% for x in 'abc' %}{{ x }}-{% endfor %}",
    "{% for x in u %}{{ loop.length }}{{ x }}{% endfor %}",
    "{% for x in 5 %}{% endfor %}",
    "{% for x in none %}{% endfor %}",
    "{% for x in undefined_name %}a{% else %}b{% endfor %}",
    "{% for x in undefined_name.y %}a{% endfor %}",
    "{% for x in 1, 2, 3 %}{{ x }}{% endfor %}",
    "{% for x in range(3) %}{{ x }}{{ loop.length }}{% endfor %}",
    "{% for x in l | map('string') %}{{ x }}{{ loop.length }}{{ loop.last }} {% endfor %}",
    "{% set g = l | map('string') %}{% for x in g %}{{ x }}{% endfor %}|{% for x in g %}{{ x }}{% endfor %}",
    "{% set g = l | select %}{{ g | first }}{{ g | list }}{{ g | list }}",
    "{% set g = l | map('string') %}{{ '1' in g }}{{ g | list }}",
    "{% for x in l | batch(2) %}{{ x }}{% endfor %}",
    "{% for x in l | sort | reverse %}{{ x }}{% endfor %}",
    "{% for g, items in users | groupby('age') %}{{ g }}:{{ items | length }} {% endfor %}",
    "{% for x in l if x else 5 %}{% endfor %}",
    "{% for x in (l if t else []) %}{{ x }}{% endfor %}",
    "{% for x in l: %}{{ x }}{% endfor %}",
    "{% for x l %}{% endfor %}",
    "{% for in l %}{% endfor %}",
    "{% for x in %}{% endfor %}",
    "{% for x in l %}",
    "{% for 1 in l %}{% endfor %}",
    "{% for x.y in l %}{% endfor %}",
    "{% for loop in l %}{% endfor %}",
    "{% for x in l %}{% set loop = 1 %}{% endfor %}",
    "{% set loop = 5 %}{{ loop }}",
    "{% for x in l %}{{ x }}{% endfor %}{{ loop }}|",
    "{% for n in tree recursive %}{{ n.v }}{% if n.c %}({{ loop(n.c) }}){% endif %}{% endfor %}",
    "{% for n in tree recursive %}{{ loop.depth }}{{ loop.depth0 }}:{{ loop.index }}/{{ loop.length }} {{ loop(n.c) }}{% endfor %}",
    "{% for n in tree recursive %}{{ n.v }}{{ loop(n.c) }}{% else %}-{% endfor %}",
    "{% for n in tree if n.v != 4 recursive %}{{ n.v }}{{ loop(n.c) }}{% endfor %}",
    "{% for n in tree recursive %}{% set x = n.v %}{{ loop(n.c) }}{{ x }}{% endfor %}{{ x }}|",
    "{% for n in tree recursive %}{{ n.v }}{% for m in n.c %}[{{ loop.index }}]{% endfor %}{{ loop(n.c) }}{% endfor %}",
    "{% for n in tree recursive %}{{ loop() }}{% endfor %}",
    "{% for n in tree recursive %}{{ loop(5) }}{% endfor %}",
    # Macros
    "{% macro m() %}x{% endmacro %}{{ m() }}",
    "{% macro m(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }}|{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(1, c=5) }}{{ m(b=1, a=0) }}",
    "{% macro m(a, b) %}{{ a }}{{ b }}{{ b is defined }}{% endmacro %}{{ m(1) }}",
    "{% macro m(a) %}{{ a.x }}{% endmacro %}{{ m() }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}",
    "{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, x=4) }}",
    "{% macro m() %}{{ varargs | length }}{% endmacro %}{{ m(*l) }}{{ m(x=1) }}",
    "{% macro m() %}{{ kwargs }}{% endmacro %}{{ m(**d) }}",
    "{% macro m(a, b=1, c) %}{% endmacro %}",
    "{% macro m(a, a) %}{% endmacro %}",
    "{% macro m(1) %}{% endmacro %}",
    "{% macro m(true) %}{% endmacro %}",
    "{% macro m %}{% endmacro %}",
    "{% macro (a) %}{% endmacro %}",
    "{% macro m(a",
    "{{ m() }}{% macro m() %}x{% endmacro %}",
    "{% macro m() %}{{ x }}{% endmacro %}{% set x = 1 %}{{ m() }}{% set x = 2 %}{{ m() }}",
    "{% set x = 1 %}{% macro m() %}{{ x }}{% set x = 2 %}{{ x }}{% endmacro %}{{ m() }}{{ x }}",
    "{% macro m() %}{{ s }}{{ i }}{% endmacro %}{{ m() }}",
    "{% for x in l %}{% macro m() %}{{ x }}{% endmacro %}{{ m() }}{% endfor %}",
    "{% for x in l %}{% macro m() %}{{ x }}{% endmacro %}{% endfor %}{{ m is defined }}",
    "{% if t %}{% macro m() %}a{% endmacro %}{% else %}{% macro m() %}b{% endmacro %}{% endif %}{{ m() }}",
    "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(5) }}",
    "{% macro a() %}{% macro b() %}x{{ a is defined }}{% endmacro %}{{ b() }}{% endmacro %}{{ a() }}{{ b is defined }}",
    "{% macro m(x) %}{% for y in x %}{{ y }}{% endfor %}{% endmacro %}{{ m(l) }}{{ m('ab') }}",
    "{% macro m() %}\n  a\n{% endmacro %}[{{ m() }}]",
    "{% macro m() -%}\n  a\n{%- endmacro %}[{{ m() }}]",
    "{% macro m() %}{% endmacro %}{{ m() is string }}{{ m() | length }}",
    "{% macro m(a, b=1) %}{% endmacro %}{{ m.name }}{{ m.arguments }}{{ m.catch_kwargs }}{{ m.catch_varargs }}{{ m.caller }}",
    "{% macro m() %}{% endmacro %}{{ m }}{{ m is callable }}{{ m.nothing is defined }}",
    "{% macro m(d=[]) %}{{ d }}{% endmacro %}{{ m() }}{{ m([1]) }}",
    "{% macro m(a=b, b=1) %}{{ a }}|{{ b }}{% endmacro %}{{ m() }}",
    "{% set b = 9 %}{% macro m(a=b) %}{{ a }}{% endmacro %}{{ m() }}{% set b = 8 %}{{ m() }}",
    "{% macro m(x) %}{{ x }}{% endmacro %}{{ l | map('string') | map('upper') | join }}{{ m(x=m(1)) }}",
    "{% set f = namespace() %}{% macro m() %}mm{% endmacro %}{% set f.m = m %}{{ f.m() }}",
    "{% macro m() %}{{ loop }}{% endmacro %}{% for x in l %}{{ m() }}{% endfor %}",
    "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}body{% endcall %}",
    "{% macro m() %}{{ caller(1, 2) }}{% endmacro %}{% call(a, b) m() %}{{ a }}{{ b }}{% endcall %}",
    "{% macro m() %}{{ caller(1) }}{% endmacro %}{% call(a, b=5) m() %}{{ a }}{{ b }}{% endcall %}",
    "{% macro m(x) %}<{{ x }}>{{ caller() }}{% endmacro %}{% call m(1) %}{{ s }}{% endcall %}",
    "{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}{% call m() %}{% endcall %}",
    "{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}",
    "{% macro m() %}x{% endmacro %}{% call m() %}body{% endcall %}",
    "{% macro m(caller) %}{{ caller }}{% endmacro %}{{ m(1) }}",
    "{% macro m(caller=none) %}{{ caller }}{% endmacro %}{{ m() }}{{ m(2) }}",
    "{% macro m(caller=none) %}{{ caller() }}{% endmacro %}{% call m() %}b{% endcall %}",
    "{% macro m() %}{% for x in l %}{{ caller(x) }}{% endfor %}{% endmacro %}{% call(v) m() %}[{{ v }}]{% endcall %}",
    "{% macro a() %}{{ caller() }}{% endmacro %}{% macro b() %}{% call a() %}{{ caller() }}{% endcall %}{% endmacro %}{% call b() %}deep{% endcall %}",
    "{% set x = 1 %}{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{% set x = 2 %}{{ x }}{% endcall %}{{ x }}",
    "{% call m() %}{% endcall %}",
    "{% call s %}{% endcall %}",
    "{% call %}{% endcall %}",
    "{% call s.upper() %}{% endcall %}",
    "{% macro m() %}{{ caller.name }}{{ caller.arguments }}{% endmacro %}{% call(q) m() %}{% endcall %}",
    "{% macro m() %}{{ kwargs.keys() | list }}{% endmacro %}{% call m() %}{% endcall %}",
    "{% filter upper %}a{{ s }}b{% endfilter %}",
    "{% filter replace('a', 'b') | upper %}banana{% endfilter %}",
    "{% filter indent(2) %}a\nb{% endfilter %}",
    "{% filter nothing %}a{% endfilter %}",
    "{% filter length %}abc{% endfilter %}",
    "{% set x %}{% filter list %}abc{% endfilter %}{% endset %}{{ x }}",
    "{% set x | length %}abc{% endset %}{{ x }}",
    "{% filter upper %}{% set x = 1 %}{{ x }}{% endfilter %}{{ x }}|",
    "{% filter %}{% endfilter %}",
    "{% filter replace('a', i) %}a{{ i }}{% endfilter %}",
    "{% for x in l %}{% filter replace('a', x) %}a{% endfilter %}{% endfor %}",
    "{% generation %}a{{ i }}{% endgeneration %}b",
    "{% generation %}\n  a\n{% endgeneration %}\nb",
    "{% for x in l %}{%- generation -%} {{ x }} {%- endgeneration -%}{% endfor %}",
    "{% generation %}{% set x = 1 %}{{ x }}{% endgeneration %}{{ x }}|",
    "{% set ns = namespace(n=0) %}{% generation %}{% set ns.n = 1 %}{% endgeneration %}{{ ns.n }}",
    "{% generation %}",
    "{% generation x %}{% endgeneration %}",
    "{% print i, s %}{% print %}",
    "{% print 1 if no %}|",
    "{% autoescape false %}{{ html }}{% set x = 1 %}{% endautoescape %}{{ x }}|",
    # Blocks and other templates
    "{% block a %}x{{ i }}{% endblock %}",
    "{% block a %}x{% endblock a %}",
    "{% block a %}x{% endblock b %}",
    "{% block a %}{% block b %}y{% endblock %}{% endblock %}",
    "{% block a %}{% endblock %}{% block a %}{% endblock %}",
    "{% set x = 1 %}{% block a %}{{ x }}{% endblock %}",
    "{% for x in l %}{% block a %}{{ x }}{% endblock %}{% endfor %}",
    "{% for x in l %}{% block a scoped %}{{ x }}{{ loop.index }}{% endblock %}{% endfor %}",
    "{% block a %}x{% endblock %}{{ self.a() }}{{ self.b }}",
    "{% block a %}{{ super() }}{% endblock %}",
    "{% block a required %}{% endblock %}",
    "{% block a-b %}{% endblock %}",
    "{% block a %}{% set x = 1 %}{% endblock %}{{ x }}|",
    "{% macro m() %}q{% endmacro %}{% block a %}{{ m() }}{% endblock %}",
    "{% include 'x' %}",
    "{% if no %}{% include 'x' %}{% endif %}ok",
    "{% include 'x' ignore missing %}",
    "{% import 'x' as y %}",
    "{% from 'x' import y %}",
    "{% from 'x' import _y %}",
    "{% extends 'x' %}",
    "{% for x in l %}{% extends 'x' %}{% endfor %}",
    "{% if no %}{% import 'x' as y %}{% endif %}{{ y }}ok",
    # Objects
    "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}{{ c.reset() }}{{ c.current }}",
    "{% set j = joiner(', ') %}{% for x in l %}{{ j() }}{{ x }}{% endfor %}",
    "{% set j = joiner() %}{{ j() }}{{ j() }}",
    "{% set ns = namespace(a=1) %}{% set ns.self = 5 %}{{ ns.self }}{{ ns.a }}",
    "{{ raise_exception('stop') }}",
    "{% if t %}{{ raise_exception('안녕 ' + s) }}{% endif %}",
    "a{{ raise_exception(l) }}",
    "{% set x = raise_exception('in set') %}",
    "{% for x in raise_exception('in for') %}{% endfor %}",
    "{% macro m() %}{{ raise_exception('in macro') }}{% endmacro %}{{ m() }}",
    "{{ d.update({'a': 3}) }}",
    "{% set x = l.append(4) %}{{ l }}",
    "{{ ''.__class__ }}|{{ ''.__class__ is defined }}",
    "{{ ''.__class__.__base__ }}",
    "{{ namespace.__init__ }}|",
    "{{ range.__self__ is defined }}",
    "{% set f = s.upper %}{{ f() }}",
    "{% set f = d.get %}{{ f('a') }}{{ f('q', 1) }}",
    "{% set k = 'a' %}{{ d[k] }}{{ d[k ~ ''] }}{{ d['it' ~ 'ems'] }}",
    "{{ [1, 2] | truncate(5) }}{{ [1] * 300 | truncate }}",
    "{{ users | map(attribute='name') | map('upper') | select('ne', 'BO') | join(',') }}",
    "{% for m in users[1:] %}{{ m.name }}{% if not loop.last %}, {% endif %}{% endfor %}",
    "{%- for u in users -%}{%- if loop.first -%}[{%- endif -%}{{ u.name | tojson }}{{ ', ' if not loop.last else ']' }}{%- endfor -%}",
]
