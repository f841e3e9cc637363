; Raw bytes: a read whose index is added up from a field and a constant, and one that two ways share.
;
; CHECK: gather {{r[0-9]+}}, {{p[0-7]}}, l3, byte, {{r[0-9]+}}, 13
; CHECK: gather {{r[0-9]+}}, -, l4, word, 0, 8
; CHECK-NOT: gather
declare void @norman.verdict(i32) nounwind willreturn nomerge
declare { i1, i32 } @norman.gather(i32, i32, i32, i32) nounwind willreturn nomerge speculatable memory(none)

define void @ingress(ptr addrspace(1) %ctx) {
  %ihl.at = getelementptr i8, ptr addrspace(1) %ctx, i32 83
  %ihl.byte = load i8, ptr addrspace(1) %ihl.at
  %ihl.word = zext i8 %ihl.byte to i32
  %ihl = and i32 %ihl.word, 15
  %header = shl i32 %ihl, 2
  %index = add i32 %header, 4
  %flags.read = call { i1, i32 } @norman.gather(i32 1, i32 0, i32 %index, i32 9)
  %flags.ok = extractvalue { i1, i32 } %flags.read, 0
  %flags = extractvalue { i1, i32 } %flags.read, 1
  %syn = icmp eq i32 %flags, 2
  %both = and i1 %flags.ok, %syn
  br i1 %both, label %first, label %second
first:
  %r1 = call { i1, i32 } @norman.gather(i32 2, i32 2, i32 0, i32 8)
  %w1 = extractvalue { i1, i32 } %r1, 1
  %c1 = icmp eq i32 %w1, 1234567
  br i1 %c1, label %drop, label %exit
second:
  %r2 = call { i1, i32 } @norman.gather(i32 2, i32 2, i32 0, i32 8)
  %w2 = extractvalue { i1, i32 } %r2, 1
  %c2 = icmp eq i32 %w2, 7654321
  br i1 %c2, label %drop, label %exit
drop:
  call void @norman.verdict(i32 -65535)
  br label %exit
exit:
  ret void
}
