// What this project calls of Foundation, as its documentation has it.
#pragma once

#include <CoreFoundation/CoreFoundation.h>

using BOOL = bool;
using NSUInteger = unsigned long;
using NSInteger = long;
#define nil nullptr
#define YES true
#define NO false

@class Protocol;
@class NSString;
@protocol NSObject
- (BOOL)isKindOfClass:(Class)type;
- (BOOL)conformsToProtocol:(Protocol*)protocol;
@end
__attribute__((objc_root_class))
@interface NSObject<NSObject>
+ (instancetype)alloc;
- (instancetype)init;
+ (Class)class;
@end
@interface Protocol : NSObject
@end
@protocol NSCopying
@end
@protocol NSFastEnumeration
- (NSUInteger)countByEnumeratingWithState:(struct NSFastEnumerationState*)state
                                  objects:(id __unsafe_unretained[])buffer
                                    count:(NSUInteger)length;
@end
struct NSFastEnumerationState {
  unsigned long state;
  id __unsafe_unretained* itemsPtr;
  unsigned long* mutationsPtr;
  unsigned long extra[5];
};
@interface NSString : NSObject <NSCopying>
@property(readonly) const char* UTF8String;
@end
@interface NSNumber : NSObject <NSCopying>
+ (NSNumber*)numberWithUnsignedInt:(unsigned int)value;
+ (NSNumber*)numberWithUnsignedLong:(unsigned long)value;
+ (NSNumber*)numberWithUnsignedLongLong:(unsigned long long)value;
@end
@interface NSArray<Element> : NSObject <NSFastEnumeration>
@property(readonly) NSUInteger count;
+ (instancetype)arrayWithObjects:(const Element __unsafe_unretained[])objects count:(NSUInteger)count;
@end
@interface NSMutableArray<Element> : NSArray <Element>
+ (instancetype)array;
- (void)addObject:(Element)object;
@end
@interface NSDictionary<Key, Value> : NSObject
+ (instancetype)dictionaryWithObjects:(const Value __unsafe_unretained[])objects
                              forKeys:(const id<NSCopying> __unsafe_unretained[])keys
                                count:(NSUInteger)count;
@end
@interface NSMutableDictionary<Key, Value> : NSDictionary <Key, Value>
+ (instancetype)dictionary;
- (void)setObject:(Value)object forKeyedSubscript:(Key)key;
@end
@interface NSError : NSObject
@property(readonly) NSInteger code;
@property(readonly) NSString* localizedDescription;
@end
@interface NSProcessInfo : NSObject
@property(class, readonly) NSProcessInfo* processInfo;
@property(readonly) NSString* operatingSystemVersionString;
@end
