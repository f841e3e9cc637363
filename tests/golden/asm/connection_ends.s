	.config	default
	.file	"connection_ends.norman"
	.program	ingress, s0.0, 4294901760
	.entry	0, r1, 16
	.entry	0, r3, 24
	.entry	0, r2, 20
	.entry	0, r0, 12
	.entry	0, r6, 0
	.row	s0.0, 3
	tst p2, r6, 32768
	tsz p1, r6, 8
	.next	s1.0
	.row	s1.0, 2
	shl r2, r2.b0, 16
	tst p0, r6, 128
	.branch	p2, s3.1, s3.0
	.row	s3.0, 2
	or r4, r2, r3.h1
	or r5, r2, r3.h0
	.next	s4.0
	.row	s3.1
	event 0, 0
	verdict 4294901817
	.next	exit
	.row	s4.0, 2
	cmp.ltu p3, r4, r5
	tsz p2, r6, 4096
	.next	s6.0
	.row	s6.0, 2
	cmp.ltu.chain p3, r0, r1, p3
	.next	s8.0
	.row	s8.0, 2
	sel r2, p3, r4, r5
	sel r3, p3, r0, r1
	.next	s10.0
	.row	s10.0, 2
	sel r4, p3, r5, r4
	sel r0, p3, r1, r0
	.branch	p1, exit, s11.0
	.row	s11.0, 6
	.branch	p0, s17.1, s12.0
	.row	s12.0, 7
	.branch	p2, s24.0, s17.0
	.row	s17.0, 7
	learn r0, p0, 0, 0, 8, r4, r4, r3, r2, r0, r4, 1
	.branch	!own, s24.0, s22.0
	.row	s17.1, 6
	learn r0, p0, 0, 0, 11, r4, r4, r3, r2, r0, r4, 1
	.branch	own, s22.1, s18.0
	.row	s18.0, 6
	cmp.lts p0, r0, 0
	.next	s19.0
	.row	s19.0, 6
	.branch	p0, s24.2, s22.1
	.row	s22.0, 7
	state -, -, p0, [0 + r0 < 63], eq, keep, keep, none, 0, 0, 0, 0, 0, imm, 1
	.branch	own, s24.1, s24.0
	.row	s22.1, 6
	state -, -, -, [0 + r0 < 63], always, set, keep, none, 0, imm, 0, 0, 0, 0, 1
	.next	s24.2
	.row	s24.0, 3
	verdict 131072
	.next	exit
	.row	s24.1, 7
	verdict 65537
	.next	exit
	.row	s24.2, 6
	verdict 0
	.next	exit
# learned seen.keys: ingress, stage 17, base 0, size 64
# state seen: ingress, stage 22, base 0, size 64
