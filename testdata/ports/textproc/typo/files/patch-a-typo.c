--- typo.c.orig
+++ typo.c
@@ -2,7 +2,7 @@
 
 int main(void)
 {
-	puts("teh first line");
+	puts("the first line");
 	puts("a second lien");
 	puts("the last line");
 	return 0;
