--- typo.c.orig
+++ typo.c
@@ -3,7 +3,7 @@
 int main(void)
 {
 	puts("the first line");
-	puts("a second lien");
+	puts("a second line");
 	puts("the last line");
 	return 0;
 }
