//! What expressions come to. The answers are bmake's (20200710), and it is asked again wherever there is one.

use crate::bmake::{Said, both, is_here};

/// A makefile, and expressions with their values.
type Case = (&'static str, &'static [(&'static str, &'static str)]);

#[rustfmt::skip]
const CASES: &[Case] = &[
    // When what is expanded
    ("X=1\nA=${X}\nB:=${X}\nC!=echo ${X}\nD?=${X}\nE=a\nE+=${X}\nF:=a\nF+=${X}\nX=2\n",
     &[("${A}", "2"), ("${B}", "1"), ("${C}", "1"), ("${D}", "2"), ("${E}", "a 2"), ("${F}", "a 2")]),
    ("N=X\n${N}_1=dyn\nB+ =x\nFOO:sh=echo out\nC++=x\n", &[("${X_1}", "dyn"), ("${B+}", "x"), ("${FOO}", "out"), ("${C+}", "x")]),
    ("P=p\nA:=${UND_${P}}\nP=q\nUND_p=hello\n", &[("${A}", "hello")]),
    ("A:=${A} x\nB:=${UND} y\nUND=late\n", &[("${A}", " x"), ("${B}", "late y")]),
    ("V=a$$b\nC:=${V}\nD=${C}\nZ=3\nE:=${Z}$${Z}\nZ=4\n", &[("${D}", "a"), ("${E}", "34")]),
    ("A=$${B}\nB=x\n", &[("${A}", "${B}")]),
    ("C!=echo '$$HOME'\nD!=printf 'a\\n\\nb\\n\\n'\n", &[("${C}", "OME"), ("${D}", "a  b ")]),
    ("A=one\\\n   two   \\\n\tthree # not this \\\n  nor this\nB=x\\#y\n", &[("${A}", "one two    three"), ("${B}", "x#y")]),
    // Where variables come from
    ("FROM_ENV+=a\nFIXED=b\nFIXED+=c\nQ?=q\nFROM_ENV2?=z\n", &[("${FROM_ENV}", "env a"), ("${FIXED}", "given words"), ("${Q}", "q")]),
    ("FROM_ENV?=no\nA=x\n.undef A\n", &[("${FROM_ENV}", "env"), ("${A:Uundefined}", "undefined")]),
    ("A=1\n.export A\nB!=echo $$A\nA=2\nC!=echo $$A\n.unexport A\nD!=echo $$A\n", &[("${B}", "1"), ("${C}", "2"), ("${D}", "")]),
    ("E=x\n.export-env E\nF!=echo $$E\n", &[("${F}", "x")]),
    (".MAKEFLAGS: A=\"q u\" -DX\nA=other\n", &[("${A}", "q u"), ("${X}", "1")]),
    // `:=` keeps what is undefined in the name as well, but sets the variable without it
    ("A=s$y\nE_${A}:=x\nB:=<${E_${A}}>\nC:=$(E_${A})$y\n", &[("${E_s}", "x"), ("${B}", "<>"), ("${C}", "")]),
    ("V=${E_$(A)}\nA=$]\nE_${A}:=${V}\n", &[("${E_}", "")]),
    ("E_${}:=}\nR=${E_}\n", &[("${R}", "}")]),
    // A `$` that `:=` leaves begins a reference with what comes to stand behind it
    ("B=xy\nA:=$$${B}\nC:=${A}\nx=1\n", &[("${A}", "1y"), ("${C}", "1y")]),
    ("B={x}\nA:=<$$${B}>\nx=1\n", &[("${A}", "<1>")]),
    ("V=a\nA=${V:S/a/b\nA+=c/}\n", &[("${A}", "b c")]),
    ("X=$u\nN=\"$${X}\" == x\nA:=${${N}:?a:b}\n", &[("${A}", "b")]),
    // Words of a loop that hide the operator of an assignment make it a rule
    (".for i in a )\nR_$i= x: y\n.endfor\n", &[("${R_a}", "x: y"), ("${R_)}", "")]),
    // Words
    ("W=a \"b c\" d\\ e 'f g' x\"y z\"w\nQ=\nN=a b${.newline}c\n",
     &[("${W:[#]}", "5"), ("${W:[2]}", "\"b c\""), ("${Q:[#]}", "1"), ("${Q:H}", "."), ("${N:[#]}", "2"), ("${N:S/a/X/}", "X b")]),
    ("N:=${.newline}\nA:=a ${N}b\nB:=${N}b\nC:=a ${N} ${N}b${N} c\nD:=a ${N}\n",
     &[("${A:[#]}", "2"), ("${A:M*}", "a b"), ("${B:[#]}", "1"), ("${C:M*}", "a b"), ("${D:@v@<$v>@}", "<a>")]),
    ("V=a b c d\n", &[("${V:[2]}", "b"), ("${V:[-1]}", "d"), ("${V:[3..1]}", "c b a"), ("${V:[2..-2]}", "b c"), ("${V:[2..3]}", "b c"), ("${V:[9]}", ""),
     ("${V:[*]:S/ /_/g}", "a_b_c_d"), ("${V:[*]:[@]:[2]}", "b"), ("${V:tW:[#]}", "1"), ("${V:[0]:S/ /_/}", "a_b c d")]),
    ("V=/a/b.c d.tar.gz e\n", &[("${V:H}", "/a . ."), ("${V:T}", "b.c d.tar.gz e"), ("${V:E}", "c gz"), ("${V:R}", "/a/b d.tar e")]),
    ("V=b a c a\n", &[("${V:O}", "a a b c"), ("${V:Or}", "c b a a"), ("${V:O:u}", "a b c"), ("${V:u}", "b a c a"), ("${V:range}", "1 2 3 4")]),
    ("V=Foo $$x \"y\n", &[("${V:tu}", "FOO $X \"Y"), ("${V:tl}", "foo $x \"y"), ("${V:Q}", "Foo\\ \\$x\\ \\\"y"), ("${V:q}", "Foo\\ \\$\\$x\\ \\\"y")]),
    ("V=a b c\n", &[("${V:ts,}", "a,b,c"), ("${V:ts}", "abc"), ("${V:ts:S/b/x/}", "axc"), ("${V:ts\\t}", "a\tb\tc"), ("${V:ts\\x2d}", "a-b-c"), ("${V:ts/:tu}", "A/B/C")]),
    ("V=x\nE=\n", &[("${V:hash}", "9d19bbaa"), ("${E:hash}", "b2af338b")]),
    // :M and :N
    ("V=foo bar.c a:b {x} \\q *\n", &[("${V:M*o*}", "foo"), ("${V:M*.[a-d]}", "bar.c"), ("${V:Ma\\:b}", "a:b"), ("${V:M[^fb]*}", "a:b {x} \\q *"),
     ("${V:N*[a-z]*}", "*"), ("${V:M\\*}", "*"), ("${V:M{x}}", "{x}"), ("${V:M[!f]*}", "foo"), ("${V:M???}", "foo a:b {x}")]),
    ("P=b* c\nV=a b bc c\n", &[("${V:M${P:[1]}}", "b bc"), ("${V:N${P:M?}}", "a b bc")]),
    ("V=  foobar   foo barfoo\n", &[("${V:Mfoo}", "foo"), ("${V:Mbar}", ""), ("${V:Mbaz*}", ""), ("${V:Nbaz*}", "foobar foo barfoo"), ("${V:Mfoo*r}", "foobar")]),
    ("V=xfoo foofoo\tfoo2 foo\nQ=xfoo \"foo b\" foo2\nP=foo b\nN=foo${.newline}foo2\n",
     &[("${V:Mfoo*}", "foofoo foo2 foo"), ("${V:[*]:Mfoo*}", ""), ("${V:Mfoo?}", "foo2"), ("${Q:Mfoo*}", "foo2"),
     ("${P:M${P}}", ""), ("${N:Mfoo*}", "foo")]),
    // :S
    ("V=foo boo foo\n", &[("${V:S/o/0/}", "f0o b0o f0o"), ("${V:S/o/0/g}", "f00 b00 f00"), ("${V:S/o/0/1}", "f0o boo foo"), ("${V:S/o/0/1g}", "f00 boo foo"),
     ("${V:S/^f/F/}", "Foo boo Foo"), ("${V:S/oo$/x/}", "fx bx fx"), ("${V:S/^foo$/[&]/}", "[foo] boo [foo]"), ("${V:S/f/\\&/}", "&oo boo &oo"),
     ("${V:S,foo,,}", "boo"), ("${V:S/foo boo/x/W}", "x foo"), ("${V:S//x/}", "foo boo foo"), ("${V:S/^/x/}", "xfoo xboo xfoo"), ("${V:S/$/x/}", "foox boox foox"),
     ("${V:S/f/g/S/b/c/}", "goo coo goo"), ("${V:S|o|${V:[1]}|}", "ffooo bfooo ffooo")]),
    // :C
    ("A=aaab aab\n", &[("${A:C/^a/X/g}", "Xaab Xab"), ("${A:C/(^|b)a/X/g}", "Xaab Xab")]),
    ("V=abcd a1b2 x\n", &[("${V:C/[0-9]//}", "abcd ab2 x"), ("${V:C/[0-9]//g}", "abcd ab x"), ("${V:C/(.)(.)/\\2\\1/}", "bacd 1ab2 x"), ("${V:C/^a/<&>/1}", "<a>bcd a1b2 x"),
     ("${V:C/a|ab|abc/X/}", "Xd X1b2 x"), ("${V:C/(ab|a)(bcd)?/[\\1,\\2]/:[1]}", "[a,bcd]"), ("${V:C/x*/-/}", "-abcd -a1b2 -"), ("${V:C/b/\\&/}", "a&cd a1&2 x"),
     ("${V:C/$/!/}", "abcd! a1b2! x!"), ("${V:C/ /_/gW}", "abcd_a1b2_x"), ("${V:C/(/x/}", "")]),
    // Defaults, choices, assignments
    ("A=a\nE=\n", &[("${A:Ud}", "a"), ("${U:Ud}", "d"), ("${E:Ud}", ""), ("${A:Dd}", "d"), ("${U:Dd}", ""), ("${:Ux:Uy}", "y"), ("${U:Ua\\:b\\}c}", "a:b}c"), ("${:U$$x}", ""), ("${:U\\$x}", "$x")]),
    ("A=1\nB=\n", &[("${A:?yes:no}", "yes"), ("${U:?yes:no}", "no"), ("${1 > 2:?yes:no}", "no"), ("${\"a\" == \"a\":?same:other}", "same"), ("${A:L}", "A"), ("${some text:L:tu}", "SOME TEXT")]),
    ("A=a\nX:=${A::=b}${A}${N::?=n}${N}${N::?=m}${N}${A::+=c}${A}${S::!=echo s}${S}\n", &[("${A}", "b c"), ("${S}", "s"), ("${N}", "n")]),
    ("V=a b\nv=keep\nX:=${V:@v@<$v>@}\n", &[("${X}", "<a> <b>"), ("${v:Ugone}", "gone"), ("${V:@i@${i:S/a/${V:[2]}/}@}", "b b"), ("${V:@i@$i$i@:[#]}", "2")]),
    ("V=a b c\nM=[2]\nN=S/a/x/:S/b/y/\nE=\n", &[("${V:${M}}", "b"), ("${V:${N}:[1]}", "x"), ("${V:${E}}", "a b c"), ("${V:${M}:S/b/z/}", "z"), ("${V:${:U[0]}:S/ /_/g}", "a b c")]),
    ("V=a.c b.c d\nF=.c\nT=.o\n", &[("${V:.c=.o}", "a.o b.o d"), ("${V:%.c=%.x}", "a.x b.x d"), ("${V:${F}=${T}}", "a.o b.o d"), ("${V:a%=x%y}", "x.cy b.c d")]),
    ("V=echo hi\nA=${V:sh}\n", &[("${A}", "hi"), ("${:!echo a; echo b!}", "a b"), ("${V:_:tu} ${_}", "ECHO HI echo hi"), ("${V:_=w:D} ${w}", " echo hi")]),
    ("T=x\n", &[("${:U%Y-%m-%d %H.%M:gmtime=1445412480}", "2015-10-21 07.28"), ("${.TARGET} $@ ${.TARGET:T} ${*}", "${.TARGET} $(.TARGET) ${.TARGET:T} ${*}")]),
    // Conditions
    ("A=1.10\nB=foo\n.if ${A} == 1.1\nX+=1\n.endif\n.if ${A} == \"1.1\"\nX+=2\n.endif\n.if ${B} == foo && !defined(U)\nX+=3\n.endif\n.if ${U:U} == \"\" || ${U}\nX+=4\n.endif\n.if 0x10 == 16 && 1e1 > 9\nX+=5\n.endif\n",
     &[("${X}", "1 3 4 5")]),
    (".if A\nX=1\n.elif defined(FIXED)\nX=2\n.else\nX=3\n.endif\n.ifdef FIXED\nX+=4\n.endif\n.ifndef FIXED || A\nX+=5\n.endif\n.if !empty(FIXED:Mgi*) && empty(FIXED:Mx)\nX+=6\n.endif\n", &[("${X}", "2 4 5 6")]),
    ("all: dep\n.c.o:\n.PHONY: other\ncmd:\n\techo\n.if target(all)\nX+=1\n.endif\n.if target(dep) || target(other)\nX+=2\n.endif\n.if commands(cmd) && !commands(all)\nX+=3\n.endif\n.if make(all)\nX+=4\n.endif\n", &[("${X}", "1 3")]),
    (".if exists(makefile) && exists(${.CURDIR}/makefile) && exists(/) && !exists(nothing) && !exists(/no/where)\nX=1\n.endif\n", &[("${X}", "1")]),
    (".if 0\n.if x y z (\n.elif\n.else\n.endif\n.for in\n.else\nX=1\n.endif\n", &[("${X}", "1")]),
    // Loops
    ("L=l1\n.for i in a b\nA_${i}= ${i} ${L}\n.endfor\nL=l2\n", &[("${A_a}", "a l2"), ("${A_b}", "b l2")]),
    (".for i j in a 1 b 2\nX+=$i-${j:S/1/one/}\n.endfor\n.for i in a b\n.for k in $i x\nY+=$i$k\n.endfor\n.endfor\n", &[("${X}", "a-one b-2"), ("${Y}", "aa ax bb bx")]),
    ("W=\"a b\" c\n.for i in ${W}\nX+=[$i]\n.endfor\n.for i in\nX+=never\n.endfor\n.for i in a:b $$x\nY+=${i}\n.endfor\nx=late\n", &[("${X}", "[\"a b\"] [c]"), ("${Y}", "a:b late")]),
    ("i=outer\n.for i in a\nA=$${i} ${i:U${i}x}\n.if empty(i)\nB=empty\n.else\nB=${i}\n.endif\n.endfor\n", &[("${A}", "${i} ax"), ("${B}", "a")]),
    (".for i in a b\nV_$i:=${i}\n.undef V_${i:Nb}\nS+=${i:S/a/b/:tu}\n.endfor\n", &[("${V_a:Ugone} ${V_b}", "gone b"), ("${S}", "B B")]),
    // A name with a dollar in it: expanded once more where nothing is there to append to
    ("A=$$y z\nE_${A}=one\nF_${A}+=two\n", &[("[${E_ z}] [${E_${A}}] [${F_ z}]", "[] [one] [two]")]),
    ("L=foo$$ p$$q\nq=r\n.for i in ${L}\nR_$i+=$i\n.endfor\n", &[("${R_foo}", "foo$"), ("${R_p}", ""), ("${R_pr}", "pr")]),
    // Dollars at an end
    ("A=x$\nB=${:Ux$}|${U$}|$(A)|${A:Mx$}|${:Ua$:S/a$/b$/}\nC:=${V:Ua$}${V:L:?a$:b$}\n", &[("${A}", "x"), ("${B}", "x||x|x|b$"), ("${C}", "ab")]),
    // Behind a modifier that fails there is text
    ("A=a b\n", &[("${A:C/(/x/:S/a/b/} end", "S/a/b/} end"), ("${A:[x]:tu:Q} end", "tu:Q} end"), ("${A:${A}:tu} end", "tu} end"), ("${A:tz:tu} end", ":tu} end"),
     ("${A:Oq:tu} end", ":tu} end"), ("${A:Zed:tu} end", " end"), ("${::=x:tu} end", "=x:tu} end"), ("${A:C/(/x/:S/$/${A}/} end", "S/a b/} end"), ("${A:C/(/x/} end", " end")]),
    ("A=a b\n.for i in l\nK=${A:C/(/x/:S/$i/${i:tu}/} $i\n.endfor\n", &[("${K}", "S/l/L/} l")]),
    ("CC=${:D$(CC)}|${:?:} end\nR=${:D${CC}}|${:?${A}:b} end\nX:=${:?:}\n", &[("${R}", "| end"), ("${X}", "")]),
    // Recipes, includes, the rest
    ("all:\n\t.if\n\tX=never\nX=1\n.sinclude \"none.mk\"\n-include none.mk\n.include \"/dev/null\"\n", &[("${X}", "1"), ("${.MAKE.MAKEFILES}", "makefile /dev/null")]),
    ("A=${.PARSEFILE} ${.CURDIR:T:C/.*/d/} ${.MAKE.LEVEL}\nB:=${.PARSEFILE}\n", &[("${A}", " d 0"), ("${B}", "makefile")]),
    ("export Y=z\nA!=echo $$Y\n", &[("${A}", "z"), ("${Y}", "z")]),
];

/// Makefiles that are none.
const WRONG: &[&str] = &[
    // A condition in `:=` that comes upon something undefined
    "X=$u\nN=1$${X}\nA:=${${N}:?a:b}\n",
    ".if ${UND} == \"\"\n.endif\n",
    ".if ${UND:Mfoo}\n.endif\n",
    ".if 1 == 1 2\n.endif\n",
    ".if a < b\n.endif\n",
    "B=1\nB:=$B$$B\nC:=${B}\nD:=${C}\n",
    "A=${A}\nB:=${A}\n",
    ".error stop\n",
    ".include \"none.mk\"\n",
    ".include <none.mk>\n",
    ".include none.mk\n",
    ".if 1\n",
    ".endif\n",
    ".else\n",
    ".for i in a\nX=1\n",
    ".endfor\n",
    ".for i\n.endfor\n",
    ".for i j in a b c\n.endfor\n",
    "no operator here\n",
    "\techo unassociated\n",
    ".nonsense\n",
    "A:=x$$\nB:=$A\n",
    "X=${Y:U${X}}\nY=1\nZ:=${X}\n",
    "CC=${:D$(CC)}|${:?:}\nX:=${CC}\n",
    "A:=x$\n",
    "A:=${B$}\n",
    "A:=${V:Ua:Ma$}\n",
    ".for i in a b}\nR_$i+=x\n.endfor\n",
    ".for i in \"x${.newline}y\"\nR_$i= z\n.endfor\n",
];

#[test]
fn values_are_those_of_make() {
    let real = is_here();
    let mut wrong = Vec::new();
    for (makefile, table) in CASES {
        let asked: Vec<&str> = table.iter().map(|(expression, _)| *expression).collect();
        let expected: Said = Some(table.iter().map(|(_, value)| (*value).to_owned()).collect());
        let Some((ours, theirs)) = both(makefile, &asked, real) else {
            wrong.push(format!("{makefile}{asked:?}\n  theirs finds a variable that needs itself"));
            continue;
        };
        for (who, said) in [("ours", Some(&ours)), ("theirs", theirs.as_ref())] {
            if said.is_some_and(|said| *said != expected) {
                wrong.push(format!("{makefile}{asked:?}\n  {who} {:?}\n  table {expected:?}", said));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_make_refuses_is_refused() {
    let real = is_here();
    for makefile in WRONG {
        let (ours, theirs) = both(makefile, &["${A}"], real).unwrap();
        assert_eq!((ours, theirs.flatten()), (None, None), "{makefile}");
    }
}
