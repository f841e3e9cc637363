	.config	default
	.file	"shared_state.norman"
	.program	ingress, s0.0, 4294901760
	.entry	0, r4, 4
	.entry	0, r3, 3
	.entry	0, r1, 16
	.entry	0, r0, 12
	.entry	0, r6, 0
	.row	s0.0, 9
	tst p2, r6, 32768
	tsz p0, r6, 16777216
	.next	s1.0
	.row	s1.0, 9
	tsz.or p1, r6, 2097152, p0
	tsz p0, r6, 8
	.branch	p2, s3.1, s2.0
	.row	s2.0, 9
	.branch	p1, exit, s3.0
	.row	s3.0, 2
	shl r2, r4, 8
	.branch	p0, s18.0, s4.0
	.row	s3.1
	event 0, 0
	verdict 4294901817
	.next	exit
	.row	s4.0, 2
	or r2, r2, r3.b3
	.next	s17.0
	.row	s17.0, 2
	learn -, p1, 0, 0, 16, r2, r2, r0, r1, 0, 0, 954
	.branch	own, s18.1, s18.0
	.row	s18.0, 11
	verdict 196609
	.next	exit
	.row	s18.1, 12
	.branch	p0, s28.0, s26.0
	.row	s26.0, 3
	learn -, p0, 0, 1, 24, r0, r0, r1, r0, 0, 0, 1
	.branch	own, s28.1, s28.0
	.row	s28.0, 9
	verdict 327680
	.next	exit
	.row	s28.1, 12
	verdict 262154
	.next	exit
	.program	egress, s0.0, 4294901760
	.entry	0, r4, 4
	.entry	0, r3, 3
	.entry	0, r1, 16
	.entry	0, r0, 12
	.entry	0, r6, 0
	.row	s0.0, 4
	tst p2, r6, 32768
	tsz p0, r6, 16777216
	.next	s1.0
	.row	s1.0, 4
	tst.or p1, r6, 1048576, p0
	tsz p0, r6, 8
	.branch	p2, s3.1, s2.0
	.row	s2.0, 4
	.branch	p1, exit, s3.0
	.row	s3.0, 2
	shl r2, r4, 8
	tsz.or p1, r6, 256, p0
	.branch	p0, s18.0, s4.0
	.row	s3.1
	event 0, 0
	verdict 4294901817
	.next	exit
	.row	s4.0, 2
	or r2, r2, r3.b3
	.next	s17.0
	.row	s17.0, 2
	learn -, -, 0, 0, 19, r2, r2, r0, r1, 0, 0, 954
	.next	s18.0
	.row	s18.0, 7
	.branch	p1, s28.0, s26.0
	.row	s26.0, 3
	learn -, -, 0, 1, 27, r0, r0, r1, r0, 0, 0, 1
	.next	s28.0
	.row	s28.0, 4
	verdict 131072
	.next	exit
# learned open.keys: ingress, stage 17, base 0, size 64
# learned told.keys: ingress, stage 26, base 0, size 128
# learned open.keys: egress, stage 17, base 0, size 64
# learned told.keys: egress, stage 26, base 0, size 128
