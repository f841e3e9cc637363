	.config	default
	.file	"shared_byte.norman"
	.program	ingress, s0.0, 4294901760
	.entry	0, r4, 4
	.entry	0, r0, 3
	.entry	0, r1, 16
	.entry	0, r3, 12
	.entry	0, r6, 0
	.row	s0.0, 8
	tst p2, r6, 32768
	tsz p0, r6, 16777216
	.next	s1.0
	.row	s1.0, 8
	tsz.or p1, r6, 2097152, p0
	tsz p0, r6, 8
	.branch	p2, s3.1, s2.0
	.row	s2.0, 8
	.branch	p1, exit, s3.0
	.row	s3.0, 2
	shl r2, r4, 8
	.branch	p0, s32.0, s4.0
	.row	s3.1
	event 0, 0
	verdict 4294901817
	.next	exit
	.row	s4.0, 2
	or r0, r2, r0.b3
	.next	s26.0
	.row	s26.0, 2
	learn r0, -, 0, 0, 48, r0, r0, r3, r1, 0, 0, 954
	.next	s28.0
	.row	s28.0, 2
	cmp.gtu p0, r0, 64
	.next	s29.0
	.row	s29.0, 10
	verdict 196609 if p0
	.branch	p0, exit, s32.0
	.row	s32.0, 8
	verdict 262144
	.next	exit
	.program	egress, s0.0, 4294901760
	.entry	0, r2, 20
	.entry	0, r4, 4
	.entry	0, r3, 3
	.entry	0, r1, 16
	.entry	0, r0, 12
	.entry	0, r6, 0
	.row	s0.0, 3
	tst p2, r6, 32768
	tsz p0, r6, 16777216
	.next	s1.0
	.row	s1.0, 3
	tst.or p1, r6, 1048576, p0
	tst p0, r6, 256
	.branch	p2, s3.1, s2.0
	.row	s2.0, 3
	.branch	p1, exit, s3.0
	.row	s3.0, 5
	shr r2, r2, 8
	tsz p1, r6, 8
	.branch	p0, s4.1, s4.0
	.row	s3.1
	event 0, 0
	verdict 4294901817
	.next	exit
	.row	s4.0, 6
	shl r2, r4, 8
	tsz.or p0, r6, 128, p1
	.next	s5.0
	.row	s4.1, 5
	shl r4, r4, 8
	and r2, r2, 255
	.branch	p1, s28.1, s6.1
	.row	s5.0, 6
	.branch	p0, s28.0, s6.0
	.row	s6.0, 6
	or r2, r2, r3.b3
	mov r3, 3
	.next	s26.0
	.row	s6.1, 5
	or r3, r4, r3.b3
	.next	s26.1
	.row	s26.0, 6
	learn -, -, 0, 0, 51, r2, r3, r0, r1, 0, 0, 954
	.next	s28.0
	.row	s26.1, 5
	learn -, -, 0, 0, 51, r3, r2, r0, r1, 0, 0, 954
	.next	s28.1
	.row	s28.0, 3
	verdict 131072
	.next	exit
	.row	s28.1, 5
	verdict 0
	.next	exit
# learned told.keys: ingress, stage 26, base 0, size 64
# learned told.keys: egress, stage 26, base 0, size 64
