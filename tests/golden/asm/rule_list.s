	.config	default
	.file	"rule_list.norman"
	.program	ingress, s0.0, 4294901760
	.entry	0, r0, 24
	.entry	0, r3, 12
	.entry	0, r6, 0
	.row	s0.0, 3
	tst p3, r6, 32768
	tsz p1, r6, 16777216
	.next	s1.0
	.row	s1.0, 5
	tst p2, r6, 8
	tst p0, r6, 128
	.branch	p3, s3.1, s2.0
	.row	s2.0, 3
	.branch	p1, exit, s3.0
	.row	s3.0, 5
	cmp.ltu p3, r3, 167773213
	cmp.ltu p1, r3, 167772424
	.branch	p2, s4.0, s18.1
	.row	s3.1
	event 0, 0
	verdict 4294901817
	.next	exit
	.row	s4.0, 10
	cmp.ltu p2, r3, 167774002
	cmp.eq p4, r3, 167772686
	.branch	p0, s5.0, s18.1
	.row	s5.0, 5
	.branch	p3, s6.1, s6.0
	.row	s6.0, 10
	cmp.eq p0, r3, 167773475
	cmp.eq p1, r3, 167774264
	.branch	p2, s8.1, s8.0
	.row	s6.1, 7
	cmp.eq.and p0, r0.h0, 1002, p4
	cmp.eq p2, r3, 167772160
	.branch	p1, s8.4, s7.0
	.row	s7.0, 7
	.branch	p0, s8.3, s8.2
	.row	s8.0, 13
	cmp.eq.and p1, r0.h0, 1008, p1
	cmp.eq p0, r3, 167774527
	.next	s9.0
	.row	s8.1, 10
	cmp.eq.and p1, r0.h0, 1005, p0
	cmp.eq p0, r3, 167773738
	.next	s9.1
	.row	s8.2, 8
	cmp.eq p0, r3, 167772949
	.next	s10.4
	.row	s8.3, 7
	event 0, 1
	verdict 131073
	.next	exit
	.row	s8.4, 5
	cmp.eq.and p0, r0.h0, 1000, p2
	.next	s9.2
	.row	s9.0, 13
	.branch	p1, s10.1, s10.0
	.row	s9.1, 10
	.branch	p1, s10.3, s10.2
	.row	s9.2, 5
	.branch	p0, s10.6, s10.5
	.row	s10.0, 14
	cmp.eq.and p1, r0.h0, 1009, p0
	cmp.eq p0, r3, 167774790
	.next	s11.0
	.row	s10.1, 13
	event 0, 1
	verdict 524289
	.next	exit
	.row	s10.2, 11
	cmp.eq.and p1, r0.h0, 1006, p0
	cmp.eq p0, r3, 167774001
	.next	s11.1
	.row	s10.3, 10
	event 0, 1
	verdict 327681
	.next	exit
	.row	s10.4, 8
	cmp.eq.and p1, r0.h0, 1003, p0
	cmp.eq p0, r3, 167773212
	.next	s11.2
	.row	s10.5, 6
	cmp.eq p0, r3, 167772423
	.next	s11.3
	.row	s10.6, 5
	event 0, 1
	verdict 1
	.next	exit
	.row	s11.0, 14
	.branch	p1, s15.1, s15.0
	.row	s11.1, 12
	cmp.eq.and p0, r0.h0, 1007, p0
	.branch	p1, s15.3, s12.0
	.row	s11.2, 9
	cmp.eq.and p0, r0.h0, 1004, p0
	.branch	p1, s15.5, s12.1
	.row	s11.3, 6
	cmp.eq.and p0, r0.h0, 1001, p0
	.next	s12.2
	.row	s12.0, 12
	.branch	p0, s15.2, s18.1
	.row	s12.1, 9
	.branch	p0, s15.4, s18.1
	.row	s12.2, 6
	.branch	p0, s15.6, s18.1
	.row	s15.0, 15
	cmp.eq.and p0, r0.h0, 1010, p0
	.next	s16.0
	.row	s15.1, 14
	event 0, 1
	verdict 589825
	.next	exit
	.row	s15.2, 12
	event 0, 1
	verdict 458753
	.next	exit
	.row	s15.3, 11
	event 0, 1
	verdict 393217
	.next	exit
	.row	s15.4, 9
	event 0, 1
	verdict 262145
	.next	exit
	.row	s15.5, 8
	event 0, 1
	verdict 196609
	.next	exit
	.row	s15.6, 6
	event 0, 1
	verdict 65537
	.next	exit
	.row	s16.0, 15
	.branch	p0, s18.0, s18.1
	.row	s18.0, 15
	event 0, 1
	verdict 655361
	.next	exit
	.row	s18.1, 3
	verdict 720896
	.next	exit
# counter hits: ingress, base 1, size 1
