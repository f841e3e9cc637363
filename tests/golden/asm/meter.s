	.config	default
	.file	"meter.norman"
	.program	ingress, s0.0, 4294901760
	.entry	0, r1, 4
	.entry	0, r0, 3
	.entry	0, r3, 0
	.row	s0.0, 3
	tst p2, r3, 32768
	tsz p1, r3, 16777216
	.next	s1.0
	.row	s1.0, 5
	addc r2, p0, r0, 144000000
	.branch	p2, s3.1, s2.0
	.row	s2.0, 3
	.branch	p1, exit, s3.0
	.row	s3.0, 5
	adde r3, p0, r1, 0, p0
	.next	s13.0
	.row	s3.1
	event 0, 0
	verdict 4294901817
	.next	exit
	.row	s13.0, 5
	state -, -, p0, [0 + 0 < 0], leu, maxadd, keep, none, imm, 0, r0, r1, r2, r3, 16000000
	.branch	!own, s15.1, s15.0
	.row	s15.0, 3
	verdict 65536
	.next	exit
	.row	s15.1, 5
	verdict 1
	.next	exit
# meter slow: ingress, stage 13, base 0, size 1
